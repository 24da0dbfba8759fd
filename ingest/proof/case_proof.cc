#include "ingest/proof/case_proof.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>

#include "config/json_text.h"
#include "ingest/proof/merkle.h"

namespace tthc {
namespace {

constexpr std::string_view kFormat = "tthc-case-proof-1";
constexpr size_t kLongestProof = 64u << 20;
constexpr size_t kLongestPath = 64;

json::array PathJson(std::span<const Hash> path) {
  json::array out;
  for (const Hash& hash : path) out.push_back(json::string(Base64(BytesOf(hash))));
  return out;
}

Error Wrong(const std::string& what) { return Invalid("the proof does not hold: " + what); }
Error Unreadable(std::string_view what) {
  return Invalid("it is no proof of a case: " + std::string(what));
}

const json::value* Member(const json::value& of, std::string_view name) {
  return of.is_object() ? of.as_object().if_contains(name) : nullptr;
}
const json::string* TextIn(const json::value& of, std::string_view name) {
  const json::value* member = Member(of, name);
  return member != nullptr ? member->if_string() : nullptr;
}
const json::array* ListIn(const json::value& of, std::string_view name) {
  const json::value* member = Member(of, name);
  return member != nullptr ? member->if_array() : nullptr;
}
std::optional<uint64_t> NumberIn(const json::value& of, std::string_view name) {
  const json::value* member = Member(of, name);
  if (member == nullptr) return std::nullopt;
  if (const auto* number = member->if_uint64()) return *number;
  const auto* number = member->if_int64();
  if (number == nullptr || *number < 0) return std::nullopt;
  return static_cast<uint64_t>(*number);
}
std::string_view View(const json::string& text) { return {text.data(), text.size()}; }

std::optional<Hash> HashIn(const json::value& value) {
  const json::string* text = value.if_string();
  return text != nullptr ? HashFromBase64(View(*text)) : std::nullopt;
}

bool ReadPath(const json::array* list, std::vector<Hash>& path) {
  if (list == nullptr || list->size() > kLongestPath) return false;
  for (const json::value& value : *list) {
    const auto hash = HashIn(value);
    if (!hash) return false;
    path.push_back(*hash);
  }
  return true;
}

bool ReadRecord(const json::value& value, ProvenRecord& record) {
  const auto seq = NumberIn(value, "seq");
  const json::string* leaf = TextIn(value, "leaf");
  if (!seq || leaf == nullptr) return false;
  record.seq = *seq;
  record.leaf = View(*leaf);
  return ReadPath(ListIn(value, "path"), record.path);
}

bool ReadEntry(const json::value& value, MapEntry& entry) {
  const json::array* pair = value.if_array();
  if (pair == nullptr || pair->size() != 2) return false;
  const auto key = HashIn((*pair)[0]);
  const auto leaf = HashIn((*pair)[1]);
  if (!key || !leaf) return false;
  entry = {*key, *leaf};
  return true;
}

Result<void> CheckRecord(const ProvenRecord& record, const std::string& case_id,
                         const Checkpoint& checkpoint) {
  const std::string name = "record " + std::to_string(record.seq);
  boost::system::error_code ec;
  const json::value leaf = json::parse(record.leaf, ec);
  if (ec) return Wrong(name + " is no JSON");
  const json::string* of = TextIn(leaf, "case");
  if (of == nullptr || View(*of) != case_id) return Wrong(name + " is of another case");
  if (NumberIn(leaf, "seq") != record.seq) return Wrong(name + " has another number in its text");
  const auto root =
      RootFromPath(LeafHash(record.leaf), record.seq, checkpoint.size, record.path);
  if (root != checkpoint.root) return Wrong(name + " is not in the log as it is shown here");
  return {};
}

// That the case has these statements and no other.
Result<void> CheckComplete(const CaseProof& proof, const Checkpoint& checkpoint) {
  const int bits = checkpoint.map_bits;
  const Hash key = MapKeyOf(proof.case_id);
  const size_t bucket = BucketOf(key, bits);
  const MapEntry* own = nullptr;
  for (size_t i = 0; i < proof.bucket.size(); ++i) {
    const MapEntry& entry = proof.bucket[i];
    if (i > 0 && !(proof.bucket[i - 1].key < entry.key)) {
      return Wrong("the cases of the bucket are not in order");
    }
    if (BucketOf(entry.key, bits) != bucket) return Wrong("the bucket holds a case of another");
    if (entry.key == key) own = &entry;
  }
  const auto root = RootFromPath(BucketHash(proof.bucket), bucket, uint64_t{1} << bits,
                                 proof.bucket_path);
  if (root != checkpoint.map_root) return Wrong("the bucket is not that of the checkpoint");
  std::vector<uint64_t> seqs;
  for (const ProvenRecord& record : proof.records) seqs.push_back(record.seq);
  if (own == nullptr) {
    if (seqs.empty()) return {};
    return Wrong("the checkpoint knows no such case");
  }
  if (own->leaf != LeafHash(MapLeafText(proof.case_id, seqs))) {
    return Wrong("the case has other statements than those shown: some are withheld or added");
  }
  return {};
}

}  // namespace

std::string ProofText(const CaseProof& proof) {
  json::array records;
  for (const ProvenRecord& record : proof.records) {
    records.push_back(json::object{
        {"seq", record.seq}, {"leaf", record.leaf}, {"path", PathJson(record.path)}});
  }
  json::array bucket;
  for (const MapEntry& entry : proof.bucket) {
    bucket.push_back(PathJson(std::array{entry.key, entry.leaf}));
  }
  return JsonText(json::object{{"format", kFormat},
                               {"case", proof.case_id},
                               {"checkpoint", proof.checkpoint},
                               {"records", std::move(records)},
                               {"bucket", std::move(bucket)},
                               {"bucket_path", PathJson(proof.bucket_path)}});
}

Result<CaseProof> ParseProof(std::string_view text) {
  if (text.size() > kLongestProof) return Unreadable("it is too long");
  boost::system::error_code ec;
  const json::value root = json::parse(text, ec);
  if (ec) return Unreadable("no JSON (" + ec.message() + ")");
  const json::string* format = TextIn(root, "format");
  if (format == nullptr || View(*format) != kFormat) {
    return Unreadable("its format is not " + std::string(kFormat));
  }
  const json::string* case_id = TextIn(root, "case");
  const json::string* checkpoint = TextIn(root, "checkpoint");
  const json::array* records = ListIn(root, "records");
  const json::array* bucket = ListIn(root, "bucket");
  if (case_id == nullptr || checkpoint == nullptr || records == nullptr || bucket == nullptr) {
    return Unreadable("case, checkpoint, records or bucket is missing");
  }
  CaseProof proof;
  proof.case_id = View(*case_id);
  proof.checkpoint = View(*checkpoint);
  for (const json::value& value : *records) {
    if (!ReadRecord(value, proof.records.emplace_back())) {
      return Unreadable("record " + std::to_string(proof.records.size()) + " of its list");
    }
  }
  for (const json::value& value : *bucket) {
    if (!ReadEntry(value, proof.bucket.emplace_back())) {
      return Unreadable("entry " + std::to_string(proof.bucket.size()) + " of its bucket");
    }
  }
  if (!ReadPath(ListIn(root, "bucket_path"), proof.bucket_path)) return Unreadable("bucket_path");
  return proof;
}

Result<Proven> CheckProof(const CaseProof& proof, std::span<const NoteVerifier> keys) {
  const auto note = ParseNote(proof.checkpoint);
  if (!note) return Prefixed("the checkpoint", note.error());
  const NoteVerifier* signer = SignerOf(*note, keys);
  if (signer == nullptr) return Wrong("the checkpoint is signed by none of the keys given");
  const auto checkpoint = ParseCheckpoint(note->text);
  if (!checkpoint) return checkpoint.error();
  for (const ProvenRecord& record : proof.records) {
    if (const auto held = CheckRecord(record, proof.case_id, *checkpoint); !held) {
      return held.error();
    }
  }
  if (const auto complete = CheckComplete(proof, *checkpoint); !complete) return complete.error();
  return Proven{*checkpoint, signer->text()};
}

}  // namespace tthc
