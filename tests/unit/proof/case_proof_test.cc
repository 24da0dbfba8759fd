// A proof made of a small log by hand; each way to tell less, more or something else than the log
// is refused and named.
#include "ingest/proof/case_proof.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>

#include "ingest/proof/merkle.h"

namespace tthc {
namespace {

using testing::HasSubstr;

constexpr int kBits = 2;

std::string LeafOf(uint64_t seq, const std::string& case_id) {
  return R"({"seq":)" + std::to_string(seq) + R"(,"kind":"snapshot","case":")" + case_id + "\"}";
}

// A log of 600 statements of 60 cases, sealed.
struct SmallLog {
  SmallLog() {
    for (uint64_t seq = 0; seq < 600; ++seq) {
      const std::string id = "H34-" + std::to_string(seq % 61);
      texts.push_back(LeafOf(seq, id));
      leaves.push_back(LeafHash(texts.back()));
      seqs[id].push_back(seq);
    }
    for (const auto& [id, of] : seqs) {
      const MapEntry entry = MapEntryOf(id, of);
      buckets[BucketOf(entry.key, kBits)].push_back(entry);
    }
    for (auto& bucket : buckets) {
      std::sort(bucket.begin(), bucket.end(),
                [](const MapEntry& a, const MapEntry& b) { return a.key < b.key; });
      bucket_hashes.push_back(BucketHash(bucket));
    }
    std::string name = (std::filesystem::temp_directory_path() / "tthc_proof_XXXXXX").string();
    const std::string dir = mkdtemp(name.data());
    signer = NoteSigner::LoadOrMake(dir + "/key.pem", "tthc-monitor/1").value();
    std::filesystem::remove_all(dir);
    checkpoint.origin = "tthc-monitor/1";
    checkpoint.size = leaves.size();
    checkpoint.root = TreeHash(leaves);
    checkpoint.map_bits = kBits;
    checkpoint.map_cases = seqs.size();
    checkpoint.map_root = TreeHash(bucket_hashes);
    checkpoint.number = 1;
  }

  ProvenRecord Record(uint64_t seq) const {
    return {seq, texts[seq], AuditPath(leaves, seq)};
  }
  CaseProof Prove(const std::string& id) const {
    CaseProof proof;
    proof.case_id = id;
    proof.checkpoint = signer->Signed(TextOf(checkpoint)).value();
    const auto found = seqs.find(id);
    if (found != seqs.end()) {
      for (const uint64_t seq : found->second) proof.records.push_back(Record(seq));
    }
    const size_t bucket = BucketOf(MapKeyOf(id), kBits);
    proof.bucket = buckets[bucket];
    proof.bucket_path = AuditPath(bucket_hashes, bucket);
    return proof;
  }
  Result<Proven> Check(const CaseProof& proof) const {
    return CheckProof(proof, std::span(&signer->verifier(), 1));
  }

  std::vector<std::string> texts;
  std::vector<Hash> leaves;
  std::map<std::string, std::vector<uint64_t>> seqs;
  std::array<std::vector<MapEntry>, 1 << kBits> buckets;
  std::vector<Hash> bucket_hashes;
  std::optional<NoteSigner> signer;
  Checkpoint checkpoint;
};

const SmallLog& Log() {
  static const SmallLog log;
  return log;
}

TEST(CaseProof, OfEveryCaseHoldsAndIsReadAsWritten) {
  for (const auto& [id, seqs] : Log().seqs) {
    const auto read = ParseProof(ProofText(Log().Prove(id)));
    ASSERT_TRUE(read.has_value()) << read.error().message;
    const auto proven = Log().Check(*read);
    ASSERT_TRUE(proven.has_value()) << id << ": " << proven.error().message;
    EXPECT_EQ(proven->checkpoint, Log().checkpoint);
    EXPECT_EQ(proven->signed_by, Log().signer->verifier().text());
  }
}

TEST(CaseProof, ThatThereIsNoSuchCaseHoldsToo) {
  EXPECT_TRUE(Log().Check(Log().Prove("H34-none")).has_value());
}

struct Lie {
  std::string name;
  std::function<void(CaseProof&)> tell;
  std::string found;
};

TEST(CaseProof, EveryLieIsNamed) {
  const Lie lies[] = {
      {"the newest statement is withheld", [](CaseProof& p) { p.records.pop_back(); },
       "some are withheld or added"},
      {"one in the middle is withheld", [](CaseProof& p) { p.records.erase(p.records.begin() + 3); },
       "some are withheld or added"},
      {"all are withheld", [](CaseProof& p) { p.records.clear(); }, "some are withheld or added"},
      {"the case is denied",
       [](CaseProof& p) {
         p.records.clear();
         std::erase_if(p.bucket, [&](const MapEntry& e) { return e.key == MapKeyOf(p.case_id); });
       },
       "the bucket is not that of the checkpoint"},
      {"one is shown twice", [](CaseProof& p) { p.records.insert(p.records.begin(), p.records[0]); },
       "some are withheld or added"},
      {"two change places", [](CaseProof& p) { std::swap(p.records[0], p.records[1]); },
       "some are withheld or added"},
      {"a text is another",
       [](CaseProof& p) { p.records[1].leaf.replace(p.records[1].leaf.find("snap"), 4, "SNAP"); },
       "is not in the log as it is shown here"},
      {"a number is another", [](CaseProof& p) { p.records[1].seq += 61; },
       "has another number in its text"},
      {"of another case", [](CaseProof& p) { p.records[1] = Log().Record(p.records[1].seq + 1); },
       "is of another case"},
      {"under another number of a case", [](CaseProof& p) { p.case_id = "H34-8"; },
       "is of another case"},
      {"no JSON", [](CaseProof& p) { p.records[0].leaf = "{"; }, "is no JSON"},
      {"another bucket",
       [](CaseProof& p) { p.bucket = Log().buckets[BucketOf(MapKeyOf(p.case_id), kBits) ^ 1]; },
       "the bucket holds a case of another"},
      {"the bucket is out of order", [](CaseProof& p) { std::swap(p.bucket[0], p.bucket[1]); },
       "the cases of the bucket are not in order"},
      {"an entry twice", [](CaseProof& p) { p.bucket.insert(p.bucket.begin(), p.bucket[0]); },
       "the cases of the bucket are not in order"},
      {"a cut path", [](CaseProof& p) { p.bucket_path.pop_back(); },
       "the bucket is not that of the checkpoint"},
      {"a checkpoint that nobody signed",
       [](CaseProof& p) { p.checkpoint[p.checkpoint.find("600")] = '5'; },
       "signed by none of the keys given"},
      {"no checkpoint", [](CaseProof& p) { p.checkpoint.clear(); }, "the checkpoint"},
  };
  for (const Lie& lie : lies) {
    CaseProof proof = Log().Prove("H34-7");
    lie.tell(proof);
    const auto checked = Log().Check(proof);
    ASSERT_FALSE(checked.has_value()) << lie.name;
    EXPECT_THAT(checked.error().message, HasSubstr(lie.found)) << lie.name;
  }
}

TEST(CaseProof, AnotherKeyIsNotEnough) {
  const auto stranger =
      NoteVerifier::From("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").value();
  EXPECT_FALSE(CheckProof(Log().Prove("H34-7"), std::span(&stranger, 1)).has_value());
  EXPECT_FALSE(CheckProof(Log().Prove("H34-7"), {}).has_value());
}

// A byte of the file changed or cut: it does not read, does not hold, or says the same.
RC_GTEST_PROP(CaseProof, NoChangedByteTellsAnother, ()) {
  const CaseProof proof = Log().Prove("H34-7");
  std::string text = ProofText(proof);
  text[*rc::gen::inRange<size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
  if (*rc::gen::inRange(0, 4) == 0) text.resize(*rc::gen::inRange<size_t>(0, text.size()));
  const auto read = ParseProof(text);
  if (!read || !Log().Check(*read)) return;
  RC_ASSERT(ProofText(*read) == ProofText(proof));
}

}  // namespace
}  // namespace tthc
