#include "yardsticks.h"

#include <endian.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <rocksdb/db.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <thread>

namespace tthc::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

double Since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

void Check(const rocksdb::Status& status) {
  if (!status.ok()) throw std::runtime_error("the raw log: " + status.ToString());
}

constexpr size_t kRecordBytes = 40;

}  // namespace

// --- RocksDB

RawLog::RawLog(const std::string& dir) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.max_background_jobs = 2;
  options.max_total_wal_size = 512u << 20;
  options.bytes_per_sync = 1 << 20;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.write_buffer_size = 64u << 20;
  options.max_write_buffer_number = 2;
  options.compression = rocksdb::kZSTD;
  options.level_compaction_dynamic_level_bytes = true;
  rocksdb::BlockBasedTableOptions table;
  table.format_version = 5;
  table.block_size = 32u << 10;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  rocksdb::DB* db = nullptr;
  Check(rocksdb::DB::Open(options, dir, &db));
  db_.reset(db);
}

RawLog::~RawLog() = default;

std::string RawLog::NextKey() {
  const uint64_t big_endian = htobe64(next_++);
  std::string key(2, '\0');
  key.append(reinterpret_cast<const char*>(&big_endian), sizeof big_endian);
  return key;
}

double RawLog::AppendBodies(const std::vector<Message>& messages) {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const auto begin = SteadyClock::now();
  for (const Message& message : messages) Check(db_->Put(synced, NextKey(), message.body));
  return Since(begin);
}

double RawLog::AppendRecords(const std::vector<Message>& messages) {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  // Bytes that compress as little as encoded statements do: pieces of the bodies.
  const auto begin = SteadyClock::now();
  for (const Message& message : messages) {
    rocksdb::WriteBatch batch;
    const size_t stride = message.body.size() / message.rows.size();
    for (size_t i = 0; i < message.rows.size(); ++i) {
      const size_t at = std::min(i * stride, message.body.size() - kRecordBytes);
      Check(batch.Put(NextKey(), rocksdb::Slice(message.body.data() + at, kRecordBytes)));
    }
    Check(db_->Write(synced, &batch));
  }
  return Since(begin);
}

// --- a file

PlainFile::PlainFile(const std::string& path)
    : fd_(::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)) {
  if (fd_ < 0) throw std::runtime_error("opening " + path + ": " + std::strerror(errno));
}

PlainFile::~PlainFile() { ::close(fd_); }

double PlainFile::Append(const std::vector<Message>& messages) {
  const auto begin = SteadyClock::now();
  for (const Message& message : messages) {
    const std::string& body = message.body;
    if (::write(fd_, body.data(), body.size()) != static_cast<ssize_t>(body.size()) ||
        ::fdatasync(fd_) != 0) {
      throw std::runtime_error(std::string("appending to a file: ") + std::strerror(errno));
    }
  }
  return Since(begin);
}

// --- PostgreSQL

namespace {

constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS event (
  case_id text COLLATE "C" NOT NULL, identity bigint NOT NULL,
  event_us bigint NOT NULL, recorded_us bigint NOT NULL, kind smallint NOT NULL,
  status smallint NOT NULL, received_us bigint, due_us bigint, finished_us bigint,
  returned_us bigint, channel smallint, unit int NOT NULL, procedure int, officer int,
  PRIMARY KEY (case_id, identity));
CREATE TABLE IF NOT EXISTS case_state (
  case_id text COLLATE "C" PRIMARY KEY, unit int NOT NULL, procedure int, channel smallint,
  status smallint NOT NULL, status_us bigint NOT NULL, received_us bigint, due_us bigint,
  finished_us bigint, recorded_us bigint NOT NULL) WITH (fillfactor = 70);
-- One row per writing connection, unit and month: connections never wait for each other here.
CREATE TABLE IF NOT EXISTS unit_month (
  slot int, unit int, month int, received bigint NOT NULL, finished bigint NOT NULL,
  late bigint NOT NULL, PRIMARY KEY (slot, unit, month)) WITH (fillfactor = 50);
)";

constexpr const char* kStage = R"(
CREATE TEMP TABLE stage (
  case_id text COLLATE "C", identity bigint, event_us bigint, recorded_us bigint, kind smallint,
  status smallint, received_us bigint, due_us bigint, finished_us bigint, returned_us bigint,
  channel smallint, unit int, procedure int, officer int) ON COMMIT DELETE ROWS)";

constexpr const char* kInsertEvents =
    "INSERT INTO event SELECT * FROM stage ON CONFLICT DO NOTHING";

// The newest statement says the status; dates are those of the newest dossier that gives them.
constexpr const char* kMoveCases = R"(
WITH s AS (
  SELECT DISTINCT ON (case_id) case_id, unit, status, event_us AS status_us, recorded_us,
         max(procedure) OVER w AS procedure, max(channel) OVER w AS channel,
         max(received_us) OVER w AS received_us, max(due_us) OVER w AS due_us,
         max(finished_us) OVER w AS finished_us
  FROM stage WINDOW w AS (PARTITION BY case_id)
  ORDER BY case_id, event_us DESC),
old AS (SELECT c.* FROM case_state c JOIN s USING (case_id)),
new AS (
  INSERT INTO case_state AS c
  SELECT case_id, unit, procedure, channel, status, status_us, received_us, due_us, finished_us,
         recorded_us FROM s
  ON CONFLICT (case_id) DO UPDATE SET
    status = CASE WHEN excluded.status_us >= c.status_us THEN excluded.status ELSE c.status END,
    status_us = greatest(excluded.status_us, c.status_us),
    procedure = coalesce(excluded.procedure, c.procedure),
    channel = coalesce(excluded.channel, c.channel),
    received_us = coalesce(excluded.received_us, c.received_us),
    due_us = coalesce(excluded.due_us, c.due_us),
    finished_us = coalesce(excluded.finished_us, c.finished_us),
    recorded_us = excluded.recorded_us
  RETURNING *),
moves AS (
  SELECT 1 AS sign, unit, received_us, due_us, finished_us FROM new
  UNION ALL SELECT -1, unit, received_us, due_us, finished_us FROM old),
delta AS (
  SELECT unit, (received_us / 2592000000000)::int AS month, sum(sign) AS received,
         coalesce(sum(sign) FILTER (WHERE finished_us IS NOT NULL), 0) AS finished,
         coalesce(sum(sign) FILTER (WHERE finished_us > due_us), 0) AS late
  FROM moves WHERE received_us IS NOT NULL GROUP BY 1, 2)
INSERT INTO unit_month AS u
SELECT $1::int, unit, month, received, finished, late FROM delta
WHERE received <> 0 OR finished <> 0 OR late <> 0
ON CONFLICT (slot, unit, month) DO UPDATE SET received = u.received + excluded.received,
  finished = u.finished + excluded.finished, late = u.late + excluded.late)";

class Connection {
 public:
  Connection(const std::string& conninfo, int slot)
      : pg_(PQconnectdb(conninfo.c_str())), slot_(std::to_string(slot)) {
    if (PQstatus(pg_) != CONNECTION_OK) Fail();
    if (slot == 0) Run(kSchema);
    Run(kStage);
    for (const auto& [name, sql] : {std::pair("events", kInsertEvents), {"cases", kMoveCases}}) {
      Expect(PQprepare(pg_, name, sql, 0, nullptr), PGRES_COMMAND_OK);
    }
  }
  ~Connection() { PQfinish(pg_); }
  Connection(const Connection&) = delete;

  void Run(const char* sql) { Expect(PQexec(pg_, sql), PGRES_COMMAND_OK); }
  void Record(const std::string& copy) {
    Run("BEGIN");
    Expect(PQexec(pg_, "COPY stage FROM STDIN (FORMAT binary)"), PGRES_COPY_IN);
    if (PQputCopyData(pg_, copy.data(), static_cast<int>(copy.size())) != 1 ||
        PQputCopyEnd(pg_, nullptr) != 1) {
      Fail();
    }
    Expect(PQgetResult(pg_), PGRES_COMMAND_OK);
    while (PGresult* rest = PQgetResult(pg_)) PQclear(rest);
    Expect(PQexecPrepared(pg_, "events", 0, nullptr, nullptr, nullptr, 0), PGRES_COMMAND_OK);
    const char* slot = slot_.c_str();
    Expect(PQexecPrepared(pg_, "cases", 1, &slot, nullptr, nullptr, 0), PGRES_COMMAND_OK);
    Run("COMMIT");
  }
  std::string Value(const char* sql) {
    PGresult* result = PQexec(pg_, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) Fail();
    std::string value = PQgetvalue(result, 0, 0);
    PQclear(result);
    return value;
  }

 private:
  [[noreturn]] void Fail() {
    throw std::runtime_error(std::string("PostgreSQL: ") + PQerrorMessage(pg_));
  }
  void Expect(PGresult* result, ExecStatusType wanted) {
    const ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    if (status != wanted) Fail();
  }
  PGconn* pg_;
  std::string slot_;
};

template <typename T>
void Number(std::string& out, T value) {
  const auto length = htobe32(sizeof value);
  out.append(reinterpret_cast<const char*>(&length), sizeof length);
  for (size_t i = sizeof value; i-- > 0;) {
    out.push_back(static_cast<char>(static_cast<uint64_t>(value) >> (8 * i)));
  }
}
template <typename T>
void NumberOrNull(std::string& out, T value) {
  if (value == 0) {
    out.append(4, '\xff');
  } else {
    Number(out, value);
  }
}

constexpr std::string_view kCopyHead{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr int16_t kColumns = 14;

void AppendRow(const Workload& workload, const Row& row, std::string& out) {
  out.push_back(0);
  out.push_back(kColumns);
  const std::string id = workload.CaseId(row.case_number);
  const auto length = htobe32(static_cast<uint32_t>(id.size()));
  out.append(reinterpret_cast<const char*>(&length), sizeof length).append(id);
  Number<int64_t>(out, static_cast<int64_t>(row.case_number * 8 + row.step));   // identity
  Number<int64_t>(out, row.event_us);
  Number<int64_t>(out, row.event_us + 1);
  Number<int16_t>(out, row.kind);
  Number<int16_t>(out, row.status);
  NumberOrNull<int64_t>(out, row.received_us);
  NumberOrNull<int64_t>(out, row.due_us);
  NumberOrNull<int64_t>(out, row.finished_us);
  NumberOrNull<int64_t>(out, row.returned_us);
  NumberOrNull<int16_t>(out, row.kind == 0 ? row.channel : 0);
  Number<int32_t>(out, static_cast<int32_t>(row.unit));
  NumberOrNull<int32_t>(out, row.kind == 0 ? static_cast<int32_t>(row.procedure + 1) : 0);
  NumberOrNull<int32_t>(out, row.kind == 1 ? static_cast<int32_t>(row.officer + 1) : 0);
}

}  // namespace

struct PostgresPeer::Impl {
  std::vector<std::unique_ptr<Connection>> connections;
};

PostgresPeer::PostgresPeer(const std::string& conninfo, int connections)
    : impl_(std::make_unique<Impl>()) {
  for (int i = 0; i < connections; ++i) {
    impl_->connections.push_back(std::make_unique<Connection>(conninfo, i));
  }
}

PostgresPeer::~PostgresPeer() = default;

double PostgresPeer::Record(const Workload& workload, const std::vector<Message>& messages) {
  // A case always goes through the same connection: no waiting for each other's rows.
  const size_t n = impl_->connections.size();
  std::vector<std::vector<std::string>> copies(n);
  std::vector<int> rows(n, kRecordsPerMessage);
  for (const Message& message : messages) {
    for (const Row& row : message.rows) {
      const size_t to = row.case_number % n;
      if (rows[to] == kRecordsPerMessage) {
        copies[to].emplace_back(kCopyHead);
        rows[to] = 0;
      }
      AppendRow(workload, row, copies[to].back());
      ++rows[to];
    }
  }
  for (auto& of_connection : copies) {
    for (std::string& copy : of_connection) copy.append(2, '\xff');
  }
  std::vector<std::exception_ptr> failures(n);
  const auto begin = SteadyClock::now();
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < n; ++i) {
      threads.emplace_back([&, i] {
        try {
          for (const std::string& copy : copies[i]) impl_->connections[i]->Record(copy);
        } catch (...) {
          failures[i] = std::current_exception();
        }
      });
    }
  }
  const double seconds = Since(begin);
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return seconds;
}

uint64_t PostgresPeer::Events() {
  return std::stoull(impl_->connections[0]->Value("SELECT count(*) FROM event"));
}

}  // namespace tthc::bench
