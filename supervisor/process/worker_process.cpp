#include "supervisor/process/worker_process.h"

#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

#include "common/protocol.h"

namespace supervisor {
namespace {

using boost::asio::buffer;
using boost::system::error_code;

bool would_block() {
  return errno == EAGAIN || errno == EINTR;
}

ExitStatus exit_status(const siginfo_t& info) {
  ExitStatus status;
  if (info.si_code == CLD_EXITED) {
    status.code = info.si_status;
  } else {
    status.signal = info.si_status;
    status.core = info.si_code == CLD_DUMPED;
  }
  return status;
}

}  // namespace

std::shared_ptr<WorkerProcess> WorkerProcess::adopt(boost::asio::io_context& loop, SpawnedWorker worker,
                                                    Callbacks callbacks) {
  std::shared_ptr<WorkerProcess> process(new WorkerProcess(loop, std::move(worker), std::move(callbacks)));
  process->start();
  return process;
}

WorkerProcess::WorkerProcess(boost::asio::io_context& loop, SpawnedWorker worker, Callbacks callbacks)
    : exit_(loop, worker.pid, std::move(worker.pidfd)),
      commands_(loop, worker.commands.release()),
      messages_(loop, worker.messages.release()),
      media_(loop, worker.media.release()),
      callbacks_(std::move(callbacks)),
      lines_(common::line_bytes_max) {}

void WorkerProcess::start() {
  read_messages();
  read_media();
  wait_for_exit();
}

// Waits for readability and reads itself: nothing is ever in flight in a buffer when the exit handler drains
// the pipes.
void WorkerProcess::read_messages() {
  messages_.async_wait(Descriptor::wait_read, [self = shared_from_this()](error_code failure) {
    if (failure || self->exit_.is_reaped() || self->abandoned_) return;
    const ssize_t n = self->take_messages();
    // End of file is no death: health decides (fault P27).
    if (n > 0 || (n < 0 && would_block())) self->read_messages();
  });
}

void WorkerProcess::read_media() {
  media_.async_wait(Descriptor::wait_read, [self = shared_from_this()](error_code failure) {
    if (failure || self->exit_.is_reaped() || self->abandoned_) return;
    const ssize_t n = self->take_media();
    if (!self->media_broken_ && (n > 0 || (n < 0 && would_block()))) self->read_media();
  });
}

ssize_t WorkerProcess::take_messages() {
  const ssize_t n = ::read(messages_.native_handle(), message_buffer_.data(), message_buffer_.size());
  if (n > 0) lines_.feed({message_buffer_.data(), static_cast<std::size_t>(n)}, callbacks_.on_line);
  return n;
}

ssize_t WorkerProcess::take_media() {
  const ssize_t n = ::read(media_.native_handle(), media_buffer_.data(), media_buffer_.size());
  if (n > 0) feed_media(static_cast<std::size_t>(n));
  return n;
}

void WorkerProcess::feed_media(std::size_t bytes) {
  std::vector<common::MediaRecordReader::Item> items;
  const bool valid = records_.feed(std::span(media_buffer_).first(bytes), items);
  for (auto& item : items) callbacks_.on_record(item);
  if (valid || media_broken_) return;
  media_broken_ = true;
  callbacks_.on_broken_media("the media socket carries something that is no media record");
}

bool WorkerProcess::send(std::string line) {
  if (exit_.is_reaped() || !commands_.is_open() || outbox_bytes_ + line.size() > command_bytes_max)
    return false;
  outbox_bytes_ += line.size();
  outbox_.push_back(std::move(line));
  if (outbox_.size() == 1) write_commands();
  return true;
}

void WorkerProcess::write_commands() {
  boost::asio::async_write(commands_, buffer(outbox_.front()),
                           [self = shared_from_this()](error_code failure, std::size_t) {
                             if (failure) {
                               self->commands_.close();
                               return;
                             }
                             self->outbox_bytes_ -= self->outbox_.front().size();
                             self->outbox_.pop_front();
                             if (!self->outbox_.empty()) self->write_commands();
                           });
}

void WorkerProcess::abandon() {
  abandoned_ = true;
  error_code ignored;
  commands_.close(ignored);
  messages_.close(ignored);
  media_.close(ignored);
}

void WorkerProcess::wait_for_exit() {
  exit_.wait({[self = shared_from_this()] {
                if (!self->abandoned_) self->drain();
              },
              [self = shared_from_this()](const siginfo_t& info) { self->take_exit(info); }});
}

void WorkerProcess::take_exit(const siginfo_t& info) {
  error_code ignored;
  for (Descriptor* descriptor : {&commands_, &messages_, &media_}) descriptor->close(ignored);
  callbacks_.on_exit(exit_status(info));
  callbacks_ = {};
}

void WorkerProcess::drain() {
  std::size_t left = drain_bytes_max;
  const auto all = [&left](auto take) {
    for (ssize_t n = 1; left > 0 && n > 0;
         left -= std::min(left, static_cast<std::size_t>(std::max<ssize_t>(n, 0))))
      n = take();
  };
  all([this] { return media_broken_ ? 0 : take_media(); });
  all([this] { return take_messages(); });
  lines_.finish(callbacks_.on_line);
}

}  // namespace supervisor
