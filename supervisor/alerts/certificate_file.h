// SHELL: until when the certificates of a file are good. Reads the disk: not on the event loop.
#pragma once

#include <string>

#include "common/result.h"
#include "supervisor/report/wall_time.h"

namespace supervisor {

inline constexpr std::size_t certificate_file_bytes_max = 1u << 20;

// While all certificates of the file hold, the chain of who serves with it.
struct CertificateTerm {
  WallTime begin;  // the latest begin
  WallTime end;    // the earliest end
};

// PEM, one certificate or several; what else is in the file (a key) is passed over. The error names the file:
// it cannot be read, or one of its certificates is none.
common::Result<CertificateTerm> read_certificate_term(const std::string& path);
// The same of what was read from `path`. Pure.
common::Result<CertificateTerm> certificate_term(const std::string& text, const std::string& path);

}  // namespace supervisor
