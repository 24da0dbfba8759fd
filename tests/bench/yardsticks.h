// What the daemon is held against, each doing its job on the same messages in the same process and
// the same minute. Every call returns the seconds it took; preparation is not counted.
// Throws std::runtime_error with what went wrong.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "workload.h"

namespace rocksdb {
class DB;
}

namespace tthc::bench {

// The raw sequential RocksDB log: no decoding, no cases, no index. Options as in ingest/store.
class RawLog {
 public:
  explicit RawLog(const std::string& dir);
  ~RawLog();
  // Each message's body as one value under a rising key, the write-ahead log synced for each.
  double AppendBodies(const std::vector<Message>& messages);
  // Of each message as many 40-byte records as it has statements, each under a rising key of its
  // own, one synced batch per message: the log of a decoder that costs nothing.
  double AppendRecords(const std::vector<Message>& messages);

 private:
  std::string NextKey();
  std::unique_ptr<rocksdb::DB> db_;
  uint64_t next_ = 0;
};

// The disk itself: each body appended to one file, fdatasync after each.
class PlainFile {
 public:
  explicit PlainFile(const std::string& path);
  ~PlainFile();
  double Append(const std::vector<Message>& messages);

 private:
  int fd_ = -1;
};

// PostgreSQL doing the same job with less to do: it gets decoded rows with numbers for texts
// (binary COPY, prepared before the clock starts), keeps every kept field of every statement, the
// current case, and three counts per unit and month under one rule. One transaction of 500 rows.
class PostgresPeer {
 public:
  PostgresPeer(const std::string& conninfo, int connections);
  ~PostgresPeer();
  double Record(const Workload& workload, const std::vector<Message>& messages);
  uint64_t Events();      // rows kept, to prove that the work was done

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tthc::bench
