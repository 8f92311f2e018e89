#include "supervisor/http/head_memo.h"

#include <utility>

namespace supervisor {

void HeadMemo::keep(const Key& key, Reply& reply) {
  reply.head = std::make_shared<SharedHead>(std::exchange(reply.fields, {}));
  Entry& entry = entries_[next_++ % heads_max];
  entry = {key.stream, std::string(key.name), key.number, key.form, reply.head};
}

std::shared_ptr<SharedHead> HeadMemo::find(const Key& key) const {
  for (const Entry& entry : entries_) {
    if (entry.head && entry.number == key.number && entry.form == key.form && entry.stream == key.stream &&
        entry.name == key.name)
      return entry.head;
  }
  return nullptr;
}

}  // namespace supervisor
