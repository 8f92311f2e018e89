// Fault C07: what the time of a comparison tells a stranger. Two classes of input, 10^5 of each, taken in
// random order, are told apart by Welch's t, of the samples below the 90th percentile. They are separated
// when |t| > 4.5 and a second measurement says so too, with the same sign: the load of a shared machine may
// do it once. A loop that ends at the first difference shows that the same measurement sees one.
#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "supervisor/credentials/credentials.h"

namespace supervisor {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int samples_of_each = 100'000;
constexpr double separated_t = 4.5;
constexpr int repeats = 16;  // one comparison is as short as the clock's tick

bool leaky_equal(const std::string& a, const std::string& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i]) return false;
  return true;
}

double welch_t(const std::vector<double>& a, const std::vector<double>& b) {
  const auto mean = [](const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
  };
  const auto error = [](const std::vector<double>& values, double middle) {
    double sum = 0;
    for (const double value : values) sum += (value - middle) * (value - middle);
    return sum / static_cast<double>(values.size() - 1) / static_cast<double>(values.size());
  };
  const double mean_a = mean(a), mean_b = mean(b);
  return (mean_a - mean_b) / std::sqrt(error(a, mean_a) + error(b, mean_b));
}

// `measured` does the work for one of two inputs.
double one_separation(const std::function<void(int input)>& measured) {
  std::mt19937 random{7};
  std::vector<int> order(2 * samples_of_each);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i % 2);
  std::shuffle(order.begin(), order.end(), random);
  std::vector<double> all, by_input[2];
  std::vector<double> times;
  times.reserve(order.size());
  for (const int input : order) {
    const auto began = Clock::now();
    for (int i = 0; i < repeats; ++i) measured(input);
    times.push_back(std::chrono::duration<double, std::nano>(Clock::now() - began).count());
  }
  all = times;
  const auto cut = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 9 / 10);
  std::nth_element(all.begin(), cut, all.end());
  for (std::size_t i = 0; i < order.size(); ++i)
    if (times[i] < *cut) by_input[order[i]].push_back(times[i]);
  return welch_t(by_input[0], by_input[1]);
}

double separation(const std::function<void(int input)>& measured) {
  const double first = one_separation(measured);
  if (std::abs(first) < separated_t) return first;
  const double second = one_separation(measured);
  if (first * second < 0) return 0;
  return std::abs(second) < std::abs(first) ? second : first;
}

struct Digests {
  std::string right = sha256("the right token");
  std::string wrong[2] = {right, right};
  Digests() {
    wrong[0].front() ^= 1;  // known to be wrong at once, or only at the end
    wrong[1].back() ^= 1;
  }
};

TEST(Timing, a_comparison_does_not_tell_where_it_differs) {
  const Digests digests;
  volatile bool sink = false;
  const double t =
      separation([&](int input) { sink = is_equal_in_constant_time(digests.right, digests.wrong[input]); });
  const double control =
      separation([&](int input) { sink = leaky_equal(digests.right, digests.wrong[input]); });
  std::printf("2 x %d comparisons: t %.2f; of a loop that ends early: t %.0f\n", samples_of_each, t, control);
  EXPECT_LT(std::abs(t), separated_t);
  EXPECT_GT(std::abs(control), 10 * separated_t);
}

// What the service does with a token that came in (AuthDesk): its digest, then the comparison.
TEST(Timing, a_token_does_not_tell_how_much_of_it_is_right) {
  const std::string right = make_token();
  const std::string kept = *parse_token_hash(hash_token(right));
  std::string wrong[2] = {right, right};
  wrong[0][4] = right[4] == 'A' ? 'B' : 'A';
  wrong[1].back() = right.back() == 'A' ? 'B' : 'A';
  volatile bool sink = false;
  const double t =
      separation([&](int input) { sink = is_equal_in_constant_time(kept, sha256(wrong[input])); });
  std::printf("2 x %d tokens: t %.2f\n", samples_of_each, t);
  EXPECT_LT(std::abs(t), separated_t);
}

// Of this thread, so that a busy machine does not count.
double processor_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

// A quarter of a second each, so few: the median of a name that nobody has against that of a real one.
TEST(Timing, a_name_that_nobody_has_takes_as_long_as_a_real_one) {
  const PasswordHash real = *parse_password_hash(*hash_password("a long password"));
  const PasswordHash decoy = decoy_hash();
  EXPECT_EQ((std::tuple{real.log_n, real.r, real.p, real.digest.size(), real.salt.size()}),
            (std::tuple{decoy.log_n, decoy.r, decoy.p, decoy.digest.size(), decoy.salt.size()}));
  std::vector<double> times[2];
  for (int i = 0; i < 30; ++i) {
    const double began = processor_ms();
    EXPECT_FALSE(verify_password("a wrong password", i % 2 ? real : decoy));
    times[i % 2].push_back(processor_ms() - began);
  }
  for (auto& some : times) std::sort(some.begin(), some.end());
  const double nobody = times[0][7], somebody = times[1][7];
  std::printf("medians of 15: nobody %.1f ms, somebody %.1f ms\n", nobody, somebody);
  EXPECT_LT(std::abs(nobody - somebody), 0.1 * somebody);
}

}  // namespace
}  // namespace supervisor
