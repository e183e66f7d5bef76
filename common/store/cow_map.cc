#include "common/store/cow_map.h"

#include <utility>

namespace guanhu::store {
namespace {

using Node = CowMap::Node;
using NodePtr = std::shared_ptr<Node>;

uint64_t PriorityOf(absl::string_view key) {
  uint64_t h = 0xcbf29ce484222325u;
  for (char c : key) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  h ^= h >> 32;
  h *= 0x9e3779b97f4a7c15u;
  return h ^ h >> 29;
}

// Makes the node at `slot` one that this edit may change.
void Own(NodePtr& slot, uint64_t edit) {
  if (slot->edit == edit) return;
  slot = std::make_shared<Node>(*slot);
  slot->edit = edit;
}

void RotateRight(NodePtr& slot) {
  NodePtr up = std::move(slot->left);
  slot->left = std::move(up->right);
  up->right = std::move(slot);
  slot = std::move(up);
}

void RotateLeft(NodePtr& slot) {
  NodePtr up = std::move(slot->right);
  slot->right = std::move(up->left);
  up->left = std::move(slot);
  slot = std::move(up);
}

void Insert(NodePtr& slot, std::shared_ptr<const CowMap::Entry>& entry, uint64_t edit) {
  if (slot == nullptr) {
    slot = std::make_shared<Node>();
    slot->priority = PriorityOf(entry->key);
    slot->entry = std::move(entry);
    slot->edit = edit;
    return;
  }
  Own(slot, edit);
  const int order = entry->key.compare(slot->entry->key);
  if (order == 0) {
    slot->entry = std::move(entry);
  } else if (order < 0) {
    Insert(slot->left, entry, edit);
    if (slot->left->priority > slot->priority) RotateRight(slot);
  } else {
    Insert(slot->right, entry, edit);
    if (slot->right->priority > slot->priority) RotateLeft(slot);
  }
}

// Every key of `left` is below every key of `right`.
NodePtr Join(NodePtr left, NodePtr right, uint64_t edit) {
  if (left == nullptr) return right;
  if (right == nullptr) return left;
  if (left->priority > right->priority) {
    Own(left, edit);
    left->right = Join(left->right, std::move(right), edit);
    return left;
  }
  Own(right, edit);
  right->left = Join(std::move(left), right->left, edit);
  return right;
}

}  // namespace

void CowMap::Put(const std::string& key, const std::string& value, uint64_t edit) {
  std::shared_ptr<const Entry> entry = std::make_shared<Entry>(Entry{key, value});
  Insert(root_, entry, edit);
}

void CowMap::Delete(absl::string_view key, uint64_t edit) {
  if (Find(key) == nullptr) return;  // or the walk below would copy a path for nothing
  NodePtr* slot = &root_;
  while ((*slot)->entry->key != key) {
    Own(*slot, edit);
    slot = key < (*slot)->entry->key ? &(*slot)->left : &(*slot)->right;
  }
  *slot = Join((*slot)->left, (*slot)->right, edit);
}

const CowMap::Entry* CowMap::Find(absl::string_view key) const {
  const Node* node = root_.get();
  while (node != nullptr) {
    const int order = key.compare(node->entry->key);
    if (order == 0) return node->entry.get();
    node = order < 0 ? node->left.get() : node->right.get();
  }
  return nullptr;
}

CowMap::Cursor::Cursor(const CowMap& map, absl::string_view lower) : root_(map.root_) {
  const Node* node = root_.get();
  while (node != nullptr) {
    if (lower <= node->entry->key) {
      path_.push_back(node);
      node = node->left.get();
    } else {
      node = node->right.get();
    }
  }
}

void CowMap::Cursor::Next() {
  const Node* node = path_.back()->right.get();
  path_.pop_back();
  for (; node != nullptr; node = node->left.get()) path_.push_back(node);
}

}  // namespace guanhu::store
