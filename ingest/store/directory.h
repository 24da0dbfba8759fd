// Numbers for the texts that repeat in statements (units, procedures, fields, senders), and the
// unit tree with the units that only the wire knows.
//
// Threads: one writer interns; any thread reads. A number, once given, stands for its text for
// ever.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/result.h"
#include "config/units.h"
#include "ingest/case/fold.h"
#include "ingest/store/store.h"

namespace tthc {

enum class TextKind : char { kUnit = 'u', kProcedure = 'p', kField = 'f', kSender = 's', kStep = 'a' };

struct DirectoryLimits {
  size_t texts = 1'000'000;
  size_t provisional_units = 10'000;
};

// What queries need of the directory at one moment.
struct DirectoryView {
  std::shared_ptr<const UnitTree> units;
  std::shared_ptr<const std::vector<UnitId>> unit_of_text;   // by TextId; kNoUnit for other kinds
  static constexpr UnitId kNoUnit = UINT32_MAX;
  UnitId UnitOf(TextId text) const {
    return text < unit_of_text->size() ? (*unit_of_text)[text] : kNoUnit;
  }
};

class Directory {
 public:
  Directory(std::shared_ptr<const UnitTree> units, DirectoryLimits limits);
  Result<void> Load(const Store& store);

  // The number of `text`; a new one goes into `batch`. Error where a limit is reached.
  Result<TextId> Intern(TextKind kind, std::string_view text, StoreBatch& batch);
  std::optional<TextId> Find(TextKind kind, std::string_view text) const;
  std::string Text(TextId id) const;   // "" for 0
  DirectoryView View() const;
  // The same over another tree, which is kept; units that it lacks are provisional there.
  DirectoryView ViewOver(const std::shared_ptr<const UnitTree>& tree) const;

 private:
  Result<void> Add(TextKind kind, std::string_view text);

  const DirectoryLimits limits_;
  mutable std::shared_mutex mutex_;
  std::vector<std::string> texts_;                     // [0] is ""
  std::unordered_map<std::string, TextId> ids_;        // kind + text
  const std::shared_ptr<const UnitTree> first_;        // without provisional units
  std::shared_ptr<const UnitTree> units_;
  std::shared_ptr<const std::vector<UnitId>> unit_of_text_;
  size_t provisional_ = 0;

  struct Other {
    std::shared_ptr<const std::vector<UnitId>> made_for;   // unit_of_text_ of then
    DirectoryView view;
  };
  mutable std::mutex others_mutex_;   // taken before mutex_
  mutable std::unordered_map<std::shared_ptr<const UnitTree>, Other> others_;
};

}  // namespace tthc
