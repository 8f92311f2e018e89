// SHELL: the certificate and the key that HTTPS is served with. Blocks on the disk: at start, for `check`,
// and on a thread of its own; never on the event loop.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/result.h"

namespace supervisor {

inline constexpr std::size_t tls_file_bytes_max = 1u << 20;

struct TlsFiles {
  std::string certificate;  // PEM: of the server first, then its chain
  std::string key;          // PEM
  // Of the first certificate.
  std::chrono::system_clock::time_point begin{}, end{};
};

// Both files, fit for each other. The error names the file, what is wrong with it and how to mend it: one
// cannot be read, is no PEM, the key has a passphrase, is of another certificate, or can be read by everybody
// or changed by others (as with every secret: fault C11). `former`: a reading before; texts that are its own
// are not parsed again.
common::Result<TlsFiles> read_tls_files(const std::string& certificate, const std::string& key,
                                        const TlsFiles* former = nullptr);

// Why it is not to be used at `now`, with the fix; empty: it is. Clients refuse it, the service does not: a
// clock that is wrong after power-up must not take the stream off the air.
std::string why_not_valid(const TlsFiles& files, const std::string& path,
                          std::chrono::system_clock::time_point now);

}  // namespace supervisor
