// Any bytes are answered by the reader of registers: rows or an error, and rows are stored and read
// back as they are; any stored bytes are loaded or told to be corrupt.
//
// The first byte of the input chooses the register and how the rest is read; the same input always
// takes the same way, so a corpus file is a regression test.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>

#include "ingest/case/fold.h"
#include "ingest/registers/book.h"
#include "ingest/registers/read.h"
#include "ingest/store/bytes.h"

namespace tthc {
namespace {

constexpr uint64_t kMostVersions = 100'000;
constexpr uint8_t kAsCsv = 0x08;
constexpr uint8_t kUnchecked = 0x10;
constexpr uint8_t kAsStored = 0x20;   // texts of stored keys and values, one after the other

void Require(bool holds) {
  if (!holds) std::abort();
}

// Gives what it was given; takes nothing.
class StoredBytes final : public Store {
 public:
  explicit StoredBytes(std::map<std::string, std::string> stored) : stored_(std::move(stored)) {}

  Result<void> Writable() const override { return {}; }
  Result<void> Commit(StoreBatch&, bool) override { return {}; }
  bool Failed() const override { return false; }
  std::string OnlyRead() const override { return {}; }
  std::string Remark() const override { return {}; }
  Result<void> CheckFiles(const OnBytes&) const override { return {}; }
  double LastSyncSeconds() const override { return 0; }
  Result<std::optional<std::string>> Get(Column, std::string_view) const override {
    return std::optional<std::string>();
  }
  Result<std::vector<std::optional<std::string>>> GetMany(
      Column, const std::vector<std::string>& keys) const override {
    return std::vector<std::optional<std::string>>(keys.size());
  }
  Result<void> Scan(Column, std::string_view from, const StoreView*,
                    const Visitor& visit) const override {
    for (const auto& [key, value] : stored_) {
      if (key >= from && !visit(key, value)) break;
    }
    return {};
  }
  Result<void> ScanBackwards(Column, std::string_view, const Visitor&) const override {
    return {};
  }
  std::unique_ptr<StoreView> View() const override { return nullptr; }
  uint64_t DiskBytes() const override { return 0; }
  uint64_t Property(std::string_view) const override { return 0; }
  void Close() override {}

 protected:
  void Release(const StoreView&) const override {}

 private:
  std::map<std::string, std::string> stored_;
};

// The typed row, whatever the register.
void UseRow(RegisterId id, const RegisterRow& row) {
  switch (id) {
    case RegisterId::kProcedures: (void)ProcedureFrom(row); return;
    case RegisterId::kPublications: (void)PublicationFrom(row); return;
    case RegisterId::kPetitions: (void)PetitionFrom(row); return;
    case RegisterId::kRatings: (void)RatingFrom(row); return;
    case RegisterId::kPayments: (void)PaymentFrom(row); return;
    case RegisterId::kEformCopies: (void)EformCopyFrom(row); return;
    case RegisterId::kSyncCounts: (void)SyncCountFrom(row); return;
    case RegisterId::kTargets: (void)TargetFrom(row); return;
  }
}

void UseBook(const RegisterBook& book) {
  for (const RegisterSchema& schema : RegisterSchemas()) {
    (void)book.Kept(schema.id, kEndOfTime);
    book.Visit(schema.id, kEndOfTime, [&](const RegisterRow& row) { UseRow(schema.id, row); });
    for (const auto& item : book.List(schema.id, kEndOfTime, "", 1000)) {
      Require(!book.Versions(schema.id, item.row.key).empty());
    }
  }
  (void)book.LinksOf("c", kEndOfTime, kEndOfTime);
  (void)book.LinksOf("", Instant{5}, Instant{5});
  Require(book.CatalogueAt(kEndOfTime, ProcedureCatalogue::Of({})) != nullptr);
}

void LoadStored(RegisterId id, std::string_view bytes) {
  std::map<std::string, std::string> stored;
  for (ByteReader in(bytes); !in.AtEnd();) {
    std::string key = ShardKey(kOnlyShard, std::string(1, static_cast<char>(id)));
    key += in.Text();
    stored[key] = in.Text();
  }
  RegisterBook book(kOnlyShard, kMostVersions);
  const auto loaded = book.Load(StoredBytes(std::move(stored)));
  if (loaded) {
    UseBook(book);
  } else {
    Require(loaded.error().kind == ErrorKind::kCorrupt && !loaded.error().message.empty());
  }
}

void CheckFile(const RegisterSchema& schema, const RegisterFile& file) {
  Require(file.rows.size() + file.rejected.size() == file.lines);
  for (const RejectedRow& why : file.rejected) {
    Require(why.line > 0 && !why.code.empty() && !why.reason.empty());
    Require(why.reason.size() < 400);
  }
  std::set<std::string> keys;
  for (const RegisterRow& row : file.rows) {
    Require(!row.key.empty() && keys.insert(row.key).second);
    Require(row.values.size() == schema.fields.size());
    UseRow(schema.id, row);
  }
}

// What was put is read back, and putting it again changes nothing.
void CheckBook(RegisterId id, const std::vector<RegisterRow>& rows) {
  RegisterBook book(kOnlyShard, kMostVersions);
  StoreBatch batch;
  for (const int64_t at : {7, 9}) {
    const auto answer = book.Prepare(id, rows, Instant{at}, batch);
    Require(answer.has_value());
    Require((at == 7 ? answer->recorded : answer->unchanged) == rows.size());
    (void)book.Apply();
  }
  std::map<std::string, RegisterRow> expected;
  for (const RegisterRow& row : rows) expected[row.key] = row;
  const auto listed = book.List(id, kEndOfTime, "", rows.size() + 1);
  Require(listed.size() == expected.size());
  for (const auto& item : listed) Require(item.row == expected.at(item.row.key));
  UseBook(book);
}

}  // namespace
}  // namespace tthc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tthc;
  if (size == 0) return 0;
  const uint8_t way = data[0];
  const RegisterSchema& schema = RegisterSchemas()[way % kRegisterCount];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((way & kAsStored) != 0) {
    LoadStored(schema.id, text);
    return 0;
  }
  RegisterChecks checks;
  checks.now = Instant{1'750'000'000 * kMicrosPerSecond};
  if ((way & kUnchecked) == 0) {
    checks.knows_procedure = [](std::string_view key) { return key.starts_with("1.0"); };
    checks.knows_indicator = [](std::string_view id) { return id == "MDSH.2"; };
    checks.knows_unit = [](std::string_view unit) { return unit == "H34"; };
  }
  const RegisterLimits limits = {.rows = 1000, .row_bytes = 2000, .list_items = 10};
  const auto format = (way & kAsCsv) != 0 ? RegisterFormat::kCsv : RegisterFormat::kJson;
  const auto file = ReadRegister(schema, text, format, checks, limits);
  if (file) {
    CheckFile(schema, *file);
    CheckBook(schema.id, file->rows);
  } else {
    Require(!file.error().message.empty());
  }
  return 0;
}
