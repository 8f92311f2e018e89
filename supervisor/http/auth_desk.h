// Knows the accounts and the tokens, and so who asks: shell around auth.h (who may what), auth_ticket.h
// (session cookies), auth_limit.h (how often) and side_thread.h (where passwords are compared). Event-loop
// thread only; nothing here blocks. Without users and tokens it lets pass what auth.h lets pass.
//
// A session lives in its signed cookie. The file at `path` keeps the key of the signatures and the sessions
// that were ended early, so that neither a crash nor an upgrade logs anybody out, or in again.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "supervisor/credentials/credentials.h"
#include "supervisor/http/auth.h"
#include "supervisor/http/auth_limit.h"
#include "supervisor/http/reply.h"
#include "supervisor/http/side_thread.h"

namespace supervisor {

struct AuthAccount {
  std::string name;
  Role role = Role::Viewer;
  std::string password_hash;  // text; one that cannot be read lets nobody in
};

struct ProgramToken {
  std::string name;
  Role role = Role::Viewer;
  std::string token_hash;  // text; as above
};

struct AuthSettings {
  std::vector<AuthAccount> users;
  std::vector<ProgramToken> tokens;
  bool public_media = false;
  std::chrono::seconds session{12 * 3600};
  LoginLimitSettings login;
};

class AuthDesk {
 public:
  static constexpr std::size_t ended_sessions_max = 1000;  // then a new key ends all of them
  static constexpr std::size_t passwords_known_max = 256;
  static constexpr std::chrono::minutes password_known{10};    // unused; then it is compared anew
  static constexpr std::chrono::seconds password_refused{60};  // a wrong one is not compared again meanwhile

  // `path` empty: sessions end with the process. `kept`: the text of that file, or empty.
  AuthDesk(boost::asio::io_context& context, std::string path, std::string_view kept);

  // At any time. Whoever is not in it any more is out at once.
  void configure(const AuthSettings& settings);
  bool is_required() const { return rules_.required; }
  bool protects_media() const { return rules_.required && !rules_.public_media; }
  // The same; the only thing that other threads may read, at any time.
  std::shared_ptr<const std::atomic<bool>> media_protected() const { return media_protected_; }

  struct Verdict {
    enum class Kind { Pass, Refuse, AskAgain };
    Kind kind = Kind::Pass;
    Reply reply;      // Refuse
    std::string key;  // AskAgain: a password is being compared; see when_compared
  };
  Verdict judge(const HttpRequest& request, Needs needs, RouteKind kind);
  // `ready` is called once, later, when judge() of the same request will know. At once when it knows already.
  void when_compared(const std::string& key, std::function<void()> ready);
  // For answers that last: whether it would still pass. Compares no password.
  bool may_continue(const HttpRequest& request, Needs needs);

  // Answers later, at most once.
  void login(const HttpRequest& request, std::function<void(Reply)> done);
  Reply logout(const HttpRequest& request);
  Reply session(const HttpRequest& request);

 private:
  struct User {
    AuthAccount account;
    PasswordHash hash;
  };
  struct Token {
    ProgramToken token;
    std::string digest;
  };
  struct Compared {
    bool right = false;
    common::MonoTime until{};
  };
  // Who it is as far as is known; `key` is set when a password would have to be compared for that.
  Identity identify(const HttpRequest& request, std::string& key);
  Identity by_token(std::string_view token) const;
  Identity by_cookie(const HttpRequest& request) const;
  Identity by_password(const Presented& presented, std::string& key);
  const User* find_user(std::string_view name) const;

  // Empty: the comparison has begun. Else the answer to give instead.
  std::unique_ptr<Reply> begin_comparing(const HttpRequest& request, const std::string& name,
                                         const std::string& password, std::function<void(bool)> done);
  void remember(const std::string& key, bool right);
  void wake(const std::string& key);
  void restore(std::string_view kept);
  void renew_key();
  void save();

  AccessRules rules_;
  const std::shared_ptr<std::atomic<bool>> media_protected_ = std::make_shared<std::atomic<bool>>(false);
  std::uint64_t settings_number_ = 0;  // a comparison that began before the last configure() says nothing
  std::vector<User> users_;
  std::vector<Token> tokens_;
  AuthSettings settings_;
  LoginLimit limit_;
  const PasswordHash decoy_ = decoy_hash();
  const std::string process_key_ = random_bytes(32);  // hides what is remembered of passwords
  std::map<std::string, Compared> compared_;
  std::map<std::string, std::vector<std::function<void()>>> comparing_;
  std::string path_;
  std::string session_key_;
  std::map<std::string, std::int64_t> ended_sessions_;  // id, and when it would have ended
  bool key_is_new_ = false;                             // and not saved yet
  SideThread worker_;                                   // last: its callbacks use the others
};

// Whether the text of an address is one of this machine.
bool is_loopback_peer(std::string_view peer);

}  // namespace supervisor
