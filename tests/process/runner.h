// One stream with real processes: each test writes a small shell script that plays the worker, or becomes the
// real one (WORKER, from the build).
#pragma once

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/version.h"
#include "supervisor/process/stream_runner.h"

namespace supervisor {

using namespace std::chrono_literals;

// Functions for the scripts: say TYPE FIELDS sends a message of the protocol.
inline constexpr const char* prelude = R"(#!/bin/sh
say() { printf '{"type":"%s","g":%s,"nonce":"%s"%s}\n' "$1" "$G" "$N" "$2" >&2; }
G=$5; N=$7
)";

class Runner : public testing::Test {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);  // as the daemon does
    std::string pattern = testing::TempDir() + "stream-runner-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    plan_.name = std::string("test");
    plan_.worker_program = folder_ + "/worker";
    plan_.settings.stream = std::string("test");
    plan_.settings.inputs.resize(2);
    plan_.settings.inputs[0].type = std::string("pattern");
    plan_.settings.inputs[1].type = std::string("slate");
    plan_.settings.video.width = 320;
    plan_.settings.video.height = 180;
    plan_.settings.video.encoder = std::string("libx264");
    plan_.publishing.grid = plan_.settings.grid;
    plan_.supervision.restart_delay = 20ms;
    plan_.supervision.spawn_gap = 20ms;
  }
  void TearDown() override {
    bool done = !runner_;
    if (runner_) runner_->shut_down([&done] { done = true; });
    EXPECT_TRUE(run_until([&done] { return done; }, 10s)) << "it did not end";
    std::filesystem::remove_all(folder_);
  }

  void write_worker(const std::string& script) {
    const std::string path = folder_ + "/new";
    std::ofstream(path) << prelude << script << "\n";
    ::chmod(path.c_str(), 0755);
    std::filesystem::rename(path, plan_.worker_program);
  }
  void hello_and(const std::string& script) {
    write_worker("say hello ',\"version\":\"" + std::string(common::version) + "\"'\n" + script);
  }
  // The script does something beside the worker that it becomes.
  void real_worker_and(const std::string& script) { write_worker(script + "\nexec " WORKER " \"$@\""); }
  void start() {
    runner_ = std::make_unique<StreamRunner>(
        loop_, plan_, [this](const std::string& level, std::uint64_t generation, const std::string& text) {
          log_.push_back(std::to_string(generation) + " " + level + " " + text);
        });
    runner_->on_incident([this](const Action& action) {
      if (const auto* open = std::get_if<OpenIncident>(&action)) {
        opened_.push_back(*open);
        log_at_opening_ = runner_->recent_log();
      }
      closed_ += std::holds_alternative<CloseIncident>(action) ? 1 : 0;
    });
    runner_->start();
  }
  template <typename Condition>
  bool run_until(Condition done, std::chrono::milliseconds limit = 5s) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done() && std::chrono::steady_clock::now() < end) {
      loop_.restart();
      loop_.run_for(5ms);
    }
    return done();
  }
  bool run_until_opened() {
    return run_until([this] { return !opened_.empty(); });
  }
  StreamSnapshot now() { return runner_->snapshot(std::chrono::steady_clock::now()); }

  boost::asio::io_context loop_;
  StreamPlan plan_;
  std::unique_ptr<StreamRunner> runner_;
  std::vector<std::string> log_, log_at_opening_;
  std::vector<OpenIncident> opened_;
  int closed_ = 0;
  std::string folder_;
};

}  // namespace supervisor
