#include "supervisor/http/wire.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>

namespace supervisor {
namespace {

constexpr char handshake_record = 0x16;  // RFC 8446 5.1

bool must_wait_here() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

Wire::~Wire() {
  SSL_free(tls_);
}

bool Wire::secure(std::shared_ptr<const TlsContext> context) {
  context_ = std::move(context);
  tls_ = SSL_new(context_->native());
  if (tls_ == nullptr || SSL_set_fd(tls_, socket_) != 1) return false;
  SSL_set_accept_state(tls_);
  return true;
}

Wire::State Wire::shake_hands() {
  if (!begun_) {
    char first = 0;
    const ssize_t seen = ::recv(socket_, &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (seen == 0) return State::Ended;
    if (seen < 0) return must_wait_here() ? State::NeedRead : State::Failed;
    begun_ = true;
    if (first != handshake_record) {
      SSL_free(tls_);
      tls_ = nullptr;
      return State::InClear;
    }
  }
  ERR_clear_error();
  const int result = SSL_do_handshake(tls_);
  return result == 1 ? State::Done : state_of(result);
}

Wire::State Wire::state_of(int result) const {
  const int reason = SSL_get_error(tls_, result);
  ERR_clear_error();
  switch (reason) {
    case SSL_ERROR_WANT_READ:
      return State::NeedRead;
    case SSL_ERROR_WANT_WRITE:
      return State::NeedWrite;
    case SSL_ERROR_ZERO_RETURN:
      return State::Ended;
    default:
      return State::Failed;
  }
}

void Wire::unsecure() {
  if (tls_ == nullptr) return;
  ERR_clear_error();
  if (SSL_is_init_finished(tls_) == 1) (void)SSL_shutdown(tls_);  // our half; the other's is not waited for
  ERR_clear_error();
  SSL_free(tls_);
  tls_ = nullptr;
}

bool Wire::has_pending() const {
  return tls_ != nullptr && SSL_has_pending(tls_) == 1;
}

Wire::Moved Wire::read(std::span<char> room) {
  if (tls_ == nullptr) {
    const ssize_t got = ::recv(socket_, room.data(), room.size(), MSG_DONTWAIT);
    if (got > 0) return {State::Done, static_cast<std::size_t>(got)};
    if (got == 0) return {State::Ended, 0};
    return {must_wait_here() ? State::NeedRead : State::Failed, 0};
  }
  std::size_t got = 0;
  ERR_clear_error();
  const int result = SSL_read_ex(tls_, room.data(), room.size(), &got);
  return result == 1 ? Moved{State::Done, got} : Moved{state_of(result), 0};
}

Wire::Moved Wire::write(std::string_view bytes) {
  if (tls_ == nullptr) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return {State::Done, static_cast<std::size_t>(sent)};
    return {must_wait_here() ? State::NeedWrite : State::Failed, 0};
  }
  std::size_t sent = 0;
  ERR_clear_error();
  const int result = SSL_write_ex(tls_, bytes.data(), bytes.size(), &sent);
  return result == 1 ? Moved{State::Done, sent} : Moved{state_of(result), 0};
}

bool Wire::sends_files() const {
  return BIO_get_ktls_send(SSL_get_wbio(tls_)) != 0;
}

Wire::Moved Wire::send_file(int file, std::size_t offset, std::size_t size) {
  ERR_clear_error();
  const ossl_ssize_t sent = SSL_sendfile(tls_, file, static_cast<off_t>(offset), size, 0);
  if (sent > 0) return {State::Done, static_cast<std::size_t>(sent)};
  return {sent == 0 ? State::Failed : state_of(static_cast<int>(sent)), 0};
}

}  // namespace supervisor
