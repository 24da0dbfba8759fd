// What the files of this folder share about RocksDB; nothing outside it includes this.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>
#include <vector>

#include "ingest/store/acknowledged.h"
#include "ingest/store/store.h"

namespace tthc {

// An open database and its columns by number; nullptr for a column that an older version did not make.
// The columns go before it: RocksDB ends the process where one is left.
struct Rocks {
  Rocks() = default;
  Rocks(Rocks&&) = default;
  Rocks& operator=(Rocks&& other) noexcept;
  ~Rocks();

  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> columns;
  std::shared_ptr<const void> lock;   // of its directory, where RocksDB itself takes none
};

Error FromStatus(const rocksdb::Status& status, std::string_view doing);
rocksdb::DBOptions DatabaseOptions(const StoreOptions& options);

// For reading only, without a trace in its directory. `env`: nullptr for plain files.
Result<Rocks> OpenRocksForReading(const StoreOptions& options, rocksdb::Env* env,
                                  rocksdb::WALRecoveryMode mode);
Result<Rocks> OpenRocks(const StoreOptions& options);

// `only_read`, `remark`: what OnlyRead() and Remark() say.
std::unique_ptr<Store> MakeStore(const StoreOptions& options, Rocks rocks,
                                 std::optional<Acknowledged> acknowledged, std::string only_read,
                                 std::string remark);
rocksdb::DB& DatabaseOf(const Store& store);

// What is written into a directory when its files are found damaged: the next start takes no writes
// either, whether or not it meets the damage.
std::optional<std::string> DamageMark(const std::string& dir);
void MarkDamaged(const std::string& dir, const std::string& reason);

}  // namespace tthc
