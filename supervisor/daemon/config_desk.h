// The configuration of the running service: what is in force, what the file says, and how one becomes the
// other, by SIGHUP or by the API. Reads and writes the file on a thread of its own: its disk may hang, the
// loop may not. One change at a time; of several signals one more reading follows. What cannot be used
// changes nothing, and the configuration before it stays in force. Event-loop thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>
#include <vector>

#include "supervisor/daemon/config_change.h"
#include "supervisor/daemon/config_file.h"
#include "supervisor/http/services.h"
#include "supervisor/http/side_thread.h"

namespace supervisor {

struct ConfigDeskPlan {
  ConfigPaths paths;
  std::string listen;   // --listen, instead of server.listen; empty: none
  LoadedConfig loaded;  // in force at the start
  Config as_written;    // the first file alone, without --listen
};

struct ConfigHooks {
  std::function<void()> begun;  // a reading
  std::function<void()> ended;  // of all that were asked for
  std::function<void(const ConfigChange&)> put_in_force;
  std::function<void()> changed;  // error() or what is in force
};

class ConfigDesk {
 public:
  using Done = std::function<void(ConfigOutcome)>;

  ConfigDesk(boost::asio::io_context& loop, ConfigDeskPlan plan, ConfigHooks hooks);

  // Reads the file again. `done` may be empty. Without a file: NotWritable.
  void reload(Done done);
  void fill(Services& services);
  // Of the last reading; empty: fine.
  const std::string& error() const { return error_; }
  const Config& in_force() const { return in_force_; }

 private:
  void write(const ConfigWrite& wanted, Done done);
  std::string json() const;
  void start_reading();
  void take_reading(const ConfigReading& reading);
  void take_writing(const ConfigReading& reading, bool dry_run, const Done& done);
  // What a whole configuration means here: with --listen.
  Config wanted_of(const ConfigReading& reading) const;
  ConfigOutcome put_in_force(const ConfigReading& reading);

  ConfigDeskPlan plan_;
  ConfigHooks hooks_;
  Config in_force_;
  Config as_written_;  // as last read without an error
  std::vector<ConfigProblem> warnings_;
  std::string revision_;  // of the file as last read, good or not
  std::string error_;
  std::string not_writable_;
  bool busy_ = false;
  bool read_again_ = false;
  std::vector<Done> waiting_;  // for the reading that is under way, or the one after it
  SideThread thread_;          // last: its callbacks use the others
};

}  // namespace supervisor
