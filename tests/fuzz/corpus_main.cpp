// Runs a fuzz target without libFuzzer: every file of a corpus folder, then a fixed number of mutations of
// them, the same ones every time. usage: fuzz_NAME CORPUS-FOLDER. Ends with 1 when the corpus is empty: then
// nothing was tried.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int mutations_per_input = 500;
constexpr std::size_t input_bytes_max = 16384;

using Input = std::vector<std::uint8_t>;

void run(const Input& input) {
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

std::vector<Input> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_regular_file()) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Input> inputs;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

// One of: flip a bit, set a byte, cut the end, remove a piece, repeat a piece.
void mutate(Input& input, std::mt19937& random) {
  if (input.empty()) {
    input.push_back(static_cast<std::uint8_t>(random()));
    return;
  }
  const std::size_t at = random() % input.size();
  const std::size_t end = at + 1 + random() % std::min<std::size_t>(input.size() - at, 64);
  const auto first = input.begin() + static_cast<std::ptrdiff_t>(at);
  const auto last = input.begin() + static_cast<std::ptrdiff_t>(std::min(end, input.size()));
  switch (random() % 5) {
    case 0:
      input[at] = static_cast<std::uint8_t>(input[at] ^ (1u << random() % 8));
      break;
    case 1:
      input[at] = static_cast<std::uint8_t>(random());
      break;
    case 2:
      input.resize(at);
      break;
    case 3:
      input.erase(first, last);
      break;
    default: {
      const Input piece(first, last);
      if (input.size() + piece.size() <= input_bytes_max) input.insert(first, piece.begin(), piece.end());
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
    return 64;
  }
  const std::vector<Input> corpus = read_corpus(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s is empty: nothing was tried\n", argv[1]);
    return 1;
  }
  std::mt19937 random(1);  // NOLINT: the same inputs every time
  for (const Input& input : corpus) {
    run(input);
    for (int count = 0; count < mutations_per_input; ++count) {
      Input changed = input;
      for (unsigned steps = 1 + random() % 4; steps > 0; --steps) mutate(changed, random);
      run(changed);
    }
  }
  std::printf("%zu inputs and %zu mutations\n", corpus.size(), corpus.size() * mutations_per_input);
}
