#include "supervisor/http/auth_desk.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/atomic_file.h"
#include "supervisor/credentials/encoding.h"
#include "supervisor/http/auth_ticket.h"

namespace supervisor {
namespace {

using nlohmann::json;

constexpr std::size_t key_bytes = 32;
constexpr std::size_t id_bytes = 16;
// Who guesses passwords takes less than a fair part from the encoder; a login on a busy machine still gets
// on.
constexpr int comparing_niceness = 5;

common::MonoTime now() {
  return std::chrono::steady_clock::now();
}

std::int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Reply no_content(std::string_view cookie) {
  Reply reply;
  reply.status = 204;
  reply.add_field("Cache-Control", "no-store");
  if (!cookie.empty()) reply.add_field("Set-Cookie", cookie);
  return reply;
}

Reply refusal(const AccessVerdict& verdict, const HttpRequest& request, Needs needs, RouteKind kind) {
  Reply reply = problem(verdict.status, verdict.detail, kind);
  if (verdict.status != 401) return reply;
  if (offers_basic(needs, request))
    reply.add_field("WWW-Authenticate", "Basic realm=\"Desktop Streamer\", charset=\"UTF-8\"");
  reply.add_field("WWW-Authenticate", "Bearer realm=\"Desktop Streamer\"");
  return reply;
}

struct LoginBody {
  std::string username, password;
};

// {"username":"...","password":"..."} and nothing else.
std::optional<LoginBody> parse_login(const std::string& text) {
  const json body = json::parse(text, nullptr, false);
  if (!body.is_object() || body.size() != 2) return std::nullopt;
  for (const char* key : {"username", "password"})
    if (!body.contains(key) || !body[key].is_string()) return std::nullopt;
  return LoginBody{body["username"].get<std::string>(), body["password"].get<std::string>()};
}

Reply wrong_login() {
  Reply reply = problem(401, "The name or the password is wrong.");
  // One that no browser answers with a dialog of its own.
  reply.add_field("WWW-Authenticate", "Bearer realm=\"Desktop Streamer\"");
  return reply;
}

std::string shown_name(const std::string& name) {
  return is_account_name(name) ? name : "(no valid name)";
}

}  // namespace

bool is_loopback_peer(std::string_view peer) {
  return peer.starts_with("127.") || peer == "::1" || peer.starts_with("::ffff:127.");
}

AuthDesk::AuthDesk(boost::asio::io_context& context, std::string path, std::string_view kept)
    : path_(std::move(path)), worker_(context, comparing_niceness) {
  restore(kept);
}

void AuthDesk::configure(const AuthSettings& settings) {
  settings_ = settings;
  ++settings_number_;
  rules_ = {!settings.users.empty() || !settings.tokens.empty(), settings.public_media};
  *media_protected_ = protects_media();
  limit_.configure(settings.login);
  users_.clear();
  tokens_.clear();
  for (const AuthAccount& account : settings.users) {
    if (const auto hash = parse_password_hash(account.password_hash)) users_.push_back({account, *hash});
  }
  for (const ProgramToken& token : settings.tokens) {
    if (const auto digest = parse_token_hash(token.token_hash)) tokens_.push_back({token, *digest});
  }
  compared_.clear();  // a password that was right may be another one now
  if (rules_.required && key_is_new_) save();
}

// ---- who

const AuthDesk::User* AuthDesk::find_user(std::string_view name) const {
  const auto found = std::find_if(users_.begin(), users_.end(),
                                  [name](const User& user) { return user.account.name == name; });
  return found == users_.end() ? nullptr : &*found;
}

Identity AuthDesk::by_token(std::string_view token) const {
  const std::string digest = sha256(token);
  Identity who;
  for (const Token& known : tokens_) {
    if (is_equal_in_constant_time(known.digest, digest)) who = {known.token.name, known.token.role, false};
  }
  return who;
}

Identity AuthDesk::by_cookie(const HttpRequest& request) const {
  const std::string_view text = read_session_cookie(request.cookie);
  if (text.empty()) return {};
  const auto ticket = read_ticket(text);
  const User* user = ticket ? find_user(ticket->name) : nullptr;
  if (!user || ended_sessions_.contains(ticket->id)) return {};
  if (!is_ticket_good(text, session_key_, user->account.password_hash, unix_now())) return {};
  return {user->account.name, user->account.role, false};
}

Identity AuthDesk::by_password(const Presented& presented, std::string& key) {
  const std::string wanted = hmac_sha256(process_key_, presented.name + '\n' + presented.secret);
  const auto found = compared_.find(wanted);
  if (found == compared_.end() || found->second.until <= now()) {
    key = wanted;
    return {};
  }
  const User* user = find_user(presented.name);
  if (!found->second.right || !user) return {};
  found->second.until = now() + password_known;
  return {user->account.name, user->account.role, true};
}

Identity AuthDesk::identify(const HttpRequest& request, std::string& key) {
  const Presented presented = read_authorization(request.authorization);
  Identity who;
  if (presented.kind == Presented::Kind::Token) who = by_token(presented.secret);
  if (presented.kind == Presented::Kind::Password) who = by_password(presented, key);
  if (who.role == Role::Nobody) who = by_cookie(request);
  if (who.role != Role::Nobody) key.clear();
  return who;
}

AuthDesk::Verdict AuthDesk::judge(const HttpRequest& request, Needs needs, RouteKind kind) {
  std::string key;
  const bool asks =
      rules_.required && needs != Needs::Nothing && !(needs == Needs::Media && rules_.public_media);
  const Identity who = asks ? identify(request, key) : Identity{};
  if (!key.empty()) {
    if (!comparing_.contains(key)) {
      const Presented presented = read_authorization(request.authorization);
      const auto compared = [this, key, began = settings_number_](bool right) {
        if (began == settings_number_) remember(key, right);
        wake(key);
      };
      auto refused = begin_comparing(request, presented.name, presented.secret, compared);
      if (refused) return {Verdict::Kind::Refuse, std::move(*refused), {}};
      comparing_[key];
    }
    return {Verdict::Kind::AskAgain, {}, key};
  }
  const AccessVerdict verdict = judge_access(rules_, needs, who, is_loopback_peer(request.peer));
  if (verdict.status == 0) return {};
  return {Verdict::Kind::Refuse, refusal(verdict, request, needs, kind), {}};
}

bool AuthDesk::may_continue(const HttpRequest& request, Needs needs) {
  std::string key;
  const Identity who = rules_.required ? identify(request, key) : Identity{};
  return judge_access(rules_, needs, who, is_loopback_peer(request.peer)).status == 0;
}

// ---- passwords

std::unique_ptr<Reply> AuthDesk::begin_comparing(const HttpRequest& request, const std::string& name,
                                                 const std::string& password,
                                                 std::function<void(bool)> done) {
  const std::string address = login_address(request.peer);
  const auto wait = limit_.try_now(address, now());
  if (wait.count() > 0) {
    const auto seconds = static_cast<int>(std::chrono::ceil<std::chrono::seconds>(wait).count());
    return std::make_unique<Reply>(try_again(
        429,
        "Too many wrong passwords came from this address. Try again in " + std::to_string(seconds) + " s.",
        seconds, RouteKind::Api));
  }
  const User* user = find_user(name);
  auto told = [this, done = std::move(done), name = shown_name(name), peer = request.peer](bool right) {
    if (right)
      limit_.forgive(login_address(peer));
    else
      spdlog::warn("a wrong password for {} came from {}", name, peer);
    done(right);
  };
  // A name that nobody has costs as much time as a wrong password.
  const bool begun =
      worker_.offer([password, hash = user ? user->hash : decoy_] { return verify_password(password, hash); },
                    std::move(told));
  if (begun) return nullptr;
  limit_.take_back(address);
  return std::make_unique<Reply>(
      try_again(503, "Too many passwords are being compared. Try again in a second.", 1, RouteKind::Api));
}

void AuthDesk::remember(const std::string& key, bool right) {
  const common::MonoTime at = now();
  std::erase_if(compared_, [at](const auto& entry) { return entry.second.until <= at; });
  if (compared_.size() >= passwords_known_max) {
    compared_.erase(std::min_element(compared_.begin(), compared_.end(), [](const auto& a, const auto& b) {
      return a.second.until < b.second.until;
    }));
  }
  compared_[key] = {right, at + (right ? std::chrono::seconds(password_known) : password_refused)};
}

void AuthDesk::wake(const std::string& key) {
  const auto waiting = comparing_.find(key);
  if (waiting == comparing_.end()) return;
  const auto ready = std::move(waiting->second);
  comparing_.erase(waiting);
  for (const auto& call : ready) call();
}

void AuthDesk::when_compared(const std::string& key, std::function<void()> ready) {
  const auto found = comparing_.find(key);
  if (found == comparing_.end()) return ready();
  found->second.push_back(std::move(ready));
}

// ---- sessions

void AuthDesk::login(const HttpRequest& request, std::function<void(Reply)> done) {
  if (!rules_.required || users_.empty())
    return done(problem(409, "There is nobody to log in as: server.auth.users is empty."));
  const auto body = parse_login(request.body);
  if (!body)
    return done(problem(400, "The body must be {\"username\": \"NAME\", \"password\": \"PASSWORD\"}."));
  if (body->password.size() > password_bytes_max) return done(wrong_login());
  auto compared = [this, done, name = body->username, peer = request.peer, over_tls = request.over_tls,
                   began = settings_number_](bool right) {
    const User* user = began == settings_number_ ? find_user(name) : nullptr;
    if (!right || !user) return done(wrong_login());
    spdlog::info("{} logged in from {}", name, peer);
    const SessionTicket ticket{to_hex(random_bytes(id_bytes)), unix_now() + settings_.session.count(), name};
    const std::string text = sign_ticket(ticket, session_key_, user->account.password_hash);
    done(no_content(session_cookie(text, settings_.session.count(), over_tls)));
  };
  auto refused = begin_comparing(request, body->username, body->password, std::move(compared));
  if (refused) done(std::move(*refused));
}

Reply AuthDesk::logout(const HttpRequest& request) {
  const Identity who = by_cookie(request);
  if (who.role != Role::Nobody) {
    const auto ticket = read_ticket(read_session_cookie(request.cookie));
    std::erase_if(ended_sessions_, [at = unix_now()](const auto& ended) { return ended.second <= at; });
    if (ended_sessions_.size() >= ended_sessions_max) renew_key();
    ended_sessions_[ticket->id] = ticket->ends_at_unix;
    save();
    spdlog::info("{} logged out", who.name);
  }
  return no_content(session_cookie({}, 0, request.over_tls));
}

Reply AuthDesk::session(const HttpRequest& request) {
  std::string key;
  const Identity who = rules_.required ? identify(request, key) : Identity{{}, Role::Operator, false};
  const nlohmann::ordered_json body{{"auth_required", rules_.required},
                                    {"authenticated", rules_.required && who.role != Role::Nobody},
                                    {"username", who.name},
                                    {"role", role_name(who.role)}};
  return json_reply(body.dump() + "\n");
}

// ---- the file of the sessions

void AuthDesk::renew_key() {
  session_key_ = random_bytes(key_bytes);
  ended_sessions_.clear();
  key_is_new_ = true;
}

void AuthDesk::restore(std::string_view kept) {
  const json state = json::parse(kept, nullptr, false);
  const auto key = state.is_object() && state.contains("key") && state["key"].is_string()
                       ? from_hex(state["key"].get<std::string>())
                       : std::optional<std::string>();
  if (!key || key->size() != key_bytes) return renew_key();
  session_key_ = *key;
  if (!state.contains("ended") || !state["ended"].is_object()) return;
  for (const auto& [id, until] : state["ended"].items()) {
    if (until.is_number_integer() && ended_sessions_.size() < ended_sessions_max)
      ended_sessions_[id] = until.get<std::int64_t>();
  }
}

void AuthDesk::save() {
  key_is_new_ = false;
  if (path_.empty()) return;
  const std::string text = json{{"key", to_hex(session_key_)}, {"ended", ended_sessions_}}.dump() + "\n";
  const bool begun =
      worker_.offer([path = path_, text] { return bool(common::write_atomically(path, text, 0600, true)); },
                    [path = path_](bool written) {
                      if (!written)
                        spdlog::warn("{} cannot be written: sessions end with this process", path);
                    });
  if (!begun) key_is_new_ = true;
}

}  // namespace supervisor
