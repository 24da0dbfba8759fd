#include "ingest/store/directory.h"

#include <mutex>

namespace tthc {
namespace {

constexpr char kTextPrefix = 't';

std::string TextKey(TextId id) {
  std::string key(1, kTextPrefix);
  for (int shift = 24; shift >= 0; shift -= 8) key.push_back(static_cast<char>(id >> shift));
  return key;
}

std::string KindKey(TextKind kind, std::string_view text) {
  std::string key(1, static_cast<char>(kind));
  key.append(text);
  return key;
}

}  // namespace

Directory::Directory(std::shared_ptr<const UnitTree> units, DirectoryLimits limits)
    : limits_(limits),
      texts_(1),
      first_(units),
      units_(std::move(units)),
      unit_of_text_(std::make_shared<std::vector<UnitId>>(1, DirectoryView::kNoUnit)) {}

Result<void> Directory::Load(const Store& store) {
  Result<void> added;
  const auto scanned = store.Scan(
      Column::kFacts, std::string(1, kTextPrefix), nullptr,
      [&](std::string_view key, std::string_view value) {
        if (key.empty() || key[0] != kTextPrefix || key.size() != 5 || value.empty()) return false;
        const std::unique_lock lock(mutex_);
        added = Add(static_cast<TextKind>(value[0]), value.substr(1));
        return added.has_value();
      });
  if (!scanned) return scanned;
  return added;
}

Result<void> Directory::Add(TextKind kind, std::string_view text) {
  if (texts_.size() > limits_.texts) {
    return Invalid("more than " + std::to_string(limits_.texts) +
                   " different texts (limits.dictionary_entries)");
  }
  UnitId unit = DirectoryView::kNoUnit;
  if (kind == TextKind::kUnit) {
    if (!units_->Find(text)) {
      if (provisional_ >= limits_.provisional_units) {
        return Invalid("unit '" + std::string(text) + "' is not in the tree and " +
                       std::to_string(provisional_) +
                       " unknown units are kept already (limits.units_provisional)");
      }
      ++provisional_;
      units_ = units_->WithProvisional(text);
    }
    unit = *units_->Find(text);
  }
  const auto id = static_cast<TextId>(texts_.size());
  texts_.emplace_back(text);
  ids_.emplace(KindKey(kind, text), id);
  if (kind == TextKind::kUnit) {
    auto units = std::make_shared<std::vector<UnitId>>(*unit_of_text_);
    units->resize(id + 1, DirectoryView::kNoUnit);
    (*units)[id] = unit;
    unit_of_text_ = std::move(units);
  }
  return {};
}

Result<TextId> Directory::Intern(TextKind kind, std::string_view text, StoreBatch& batch) {
  if (text.empty()) return TextId{0};
  const std::string key = KindKey(kind, text);
  // Only the writer adds, so its own look needs no lock.
  const auto it = ids_.find(key);
  if (it != ids_.end()) return it->second;
  const std::unique_lock lock(mutex_);
  const auto added = Add(kind, text);
  if (!added) return added.error();
  const auto id = static_cast<TextId>(texts_.size() - 1);
  batch.Put(Column::kFacts, TextKey(id), key);
  return id;
}

std::optional<TextId> Directory::Find(TextKind kind, std::string_view text) const {
  const std::shared_lock lock(mutex_);
  const auto it = ids_.find(KindKey(kind, text));
  if (it == ids_.end()) return std::nullopt;
  return it->second;
}

std::string Directory::Text(TextId id) const {
  const std::shared_lock lock(mutex_);
  return id < texts_.size() ? texts_[id] : std::string();
}

DirectoryView Directory::View() const {
  const std::shared_lock lock(mutex_);
  return {units_, unit_of_text_};
}

DirectoryView Directory::ViewOver(const std::shared_ptr<const UnitTree>& tree) const {
  if (tree == first_) return View();
  const std::lock_guard others_lock(others_mutex_);
  const std::shared_lock lock(mutex_);
  Other& other = others_[tree];
  if (other.made_for == unit_of_text_) return other.view;
  std::shared_ptr<const UnitTree> units = tree;
  auto unit_of_text = std::make_shared<std::vector<UnitId>>(*unit_of_text_);
  for (TextId text = 0; text < unit_of_text->size(); ++text) {
    UnitId& unit = (*unit_of_text)[text];
    if (unit == DirectoryView::kNoUnit) continue;   // no text of a unit
    if (!units->Find(texts_[text])) units = units->WithProvisional(texts_[text]);
    unit = *units->Find(texts_[text]);
  }
  other = {unit_of_text_, {std::move(units), std::move(unit_of_text)}};
  return other.view;
}

}  // namespace tthc
