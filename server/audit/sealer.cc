#include "server/audit/sealer.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "server/audit/notes.h"
#include "server/clock.h"
#include "server/durable_files.h"
#include "server/threads.h"

namespace tthc {
namespace {

constexpr int64_t kIdleMicros = kMicrosPerSecond;
// A pass over the log begins no sooner after the one before.
constexpr int64_t kBetweenPassesMicros = kMicrosPerHour;
constexpr uint64_t kFileBytesPerSecond = 50'000'000;
constexpr int64_t kPaceStepMicros = kMicrosPerSecond / 20;
// However often checkpoints are due, the check moves on.
constexpr int64_t kShortestStretchMicros = kMicrosPerSecond;
constexpr size_t kLongestCheckpoint = 10'000;
constexpr size_t kNotesForgottenAtOnce = 10'000;
constexpr int kNumberDigits = 12;
constexpr std::string_view kFileEnd = ".checkpoint";

// "tthc-monitor/EPOCH" is no file name.
std::string FilePrefix(std::string origin) {
  std::replace(origin.begin(), origin.end(), '/', '-');
  return origin + "-";
}

std::string FileOf(const std::string& origin, uint64_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, static_cast<size_t>(std::max<int>(
                       0, kNumberDigits - static_cast<int>(digits.size()))), '0');
  return FilePrefix(origin) + digits + std::string(kFileEnd);
}

// At most as much as a checkpoint has; empty where it cannot be read.
std::string TextIn(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(kLongestCheckpoint, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

double Seconds(Instant at) { return static_cast<double>(at.us) / kMicrosPerSecond; }

}  // namespace

Result<std::unique_ptr<Sealer>> Sealer::Create(Parts parts) {
  auto signer = NoteSigner::LoadOrMake(parts.options.key_file, parts.options.origin);
  if (!signer) return signer.error();
  // Whoever checks a proof needs it; it is no secret.
  const std::string public_file = parts.options.key_file + ".pub";
  const auto shown = WriteDurably(public_file, signer->verifier().text() + "\n");
  if (!shown) return Prefixed("the verifier key", shown.error());
  const auto remembered = parts.ledger.RememberKey(signer->verifier(), parts.now());
  if (!remembered) return remembered.error();
  return std::unique_ptr<Sealer>(new Sealer(std::move(parts), std::move(*signer)));
}

Sealer::Sealer(Parts parts, NoteSigner signer)
    : parts_(std::move(parts)), signer_(std::move(signer)) {
  status_.key = signer_.verifier().text();
  if (const auto keys = parts_.ledger.Keys()) {
    for (const NoteVerifier& key : *keys) {
      if (key.text() != status_.key) status_.former_keys.push_back(key.text());
    }
  }
  if (const auto newest = parts_.ledger.Newest(); newest && *newest) {
    ShowCheckpoint((*newest)->checkpoint);
  }
  sealed_at_us_ = MonotonicMicros();
}
Sealer::~Sealer() { Stop(); }

void Sealer::Start() {
  thread_ = StartThread("audit", [this] { Run(); });
}

void Sealer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

bool Sealer::Rest(int64_t micros) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::microseconds(micros), [this] { return stopping_; });
  return !stopping_;
}

bool Sealer::SealIsDue() const {
  return MonotonicMicros() - sealed_at_us_ >= parts_.options.every_us;
}

void Sealer::Run() {
  int64_t pass_ended_us = MonotonicMicros() - kBetweenPassesMicros;
  {
    const std::lock_guard one(sealing_);
    Export();
  }
  while (Rest(kIdleMicros)) {
    if (SealIsDue()) {
      (void)SealNow();
      ForgetOldNotes();
    }
    if (parts_.options.verify_records_per_second == 0 ||
        MonotonicMicros() - pass_ended_us < kBetweenPassesMicros) {
      continue;
    }
    if (VerifyOn()) pass_ended_us = MonotonicMicros();
  }
}

void Sealer::ForgetOldNotes() {
  const Instant before = parts_.now() - parts_.options.access_days * kMicrosPerDay;
  for (;;) {
    const auto gone = ForgetNotes(parts_.store, before, kNotesForgottenAtOnce);
    if (!gone || *gone < kNotesForgottenAtOnce) return;
  }
}

void Sealer::ShowCheckpoint(const Checkpoint& checkpoint) {
  parts_.metrics.checkpoint_records.Set(static_cast<double>(checkpoint.size));
  parts_.metrics.checkpoint_timestamp.Set(Seconds(checkpoint.at));
}

void Sealer::Found(Check check, const std::string& what) {
  const std::lock_guard lock(mutex_);
  wrong_[static_cast<size_t>(check)] = what;
  const auto first = std::find_if(wrong_.begin(), wrong_.end(),
                                  [](const std::string& text) { return !text.empty(); });
  status_.wrong = first == wrong_.end() ? "" : *first;
  parts_.metrics.log_wrong.Set(status_.wrong.empty() ? 0 : 1);
}

Result<Sealed> Sealer::SealNow() {
  const std::lock_guard one(sealing_);
  sealed_at_us_ = MonotonicMicros();
  auto sealed = parts_.ledger.Seal(parts_.log_size(), parts_.now(), signer_);
  if (sealed) {
    ShowCheckpoint(sealed->checkpoint);
    Found(Check::kSeal, "");
    Export();
  } else if (sealed.error().kind == ErrorKind::kCorrupt) {
    Found(Check::kSeal, sealed.error().message);
  }
  return sealed;
}

// Every checkpoint of the store that the directory does not have yet.
void Sealer::Export() {
  const std::filesystem::path directory = parts_.options.checkpoint_dir;
  if (directory.empty()) return;
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  bool written = !failed;
  (void)EachCheckpoint(parts_.store, exported_ + 1, [&](const Sealed& sealed) {
    written &= ExportOne(sealed);
    if (written) exported_ = sealed.number;
    return written;
  });
  parts_.metrics.checkpoint_export_failing.Set(written ? 0 : 1);
}

bool Sealer::ExportOne(const Sealed& sealed) {
  const auto path = std::filesystem::path(parts_.options.checkpoint_dir) /
                    FileOf(parts_.options.origin, sealed.number);
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) return WriteDurably(path, sealed.note).has_value();
  const std::string taken = TextIn(path);
  if (taken.empty()) return false;
  if (taken != sealed.note) {
    Found(Check::kExport, "checkpoint " + std::to_string(sealed.number) + " is not the one that was "
                          "taken off the machine: an older copy stood here and went on");
  }
  return true;
}

std::optional<std::string> Sealer::NewestExported() const {
  const std::filesystem::path directory = parts_.options.checkpoint_dir;
  if (directory.empty()) return std::nullopt;
  std::error_code failed;
  std::string newest;
  const std::string prefix = FilePrefix(parts_.options.origin);
  for (const auto& file : std::filesystem::directory_iterator(directory, failed)) {
    const std::string name = file.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(kFileEnd)) newest = std::max(newest, name);
  }
  if (newest.empty()) return std::nullopt;
  return TextIn(directory / newest);
}

bool Sealer::CheckFiles() {
  uint64_t before = 0;
  bool goes_on = true;
  const auto checked = parts_.store.CheckFiles([&](uint64_t bytes) {
    const uint64_t file = bytes - std::exchange(before, bytes);
    goes_on = Rest(static_cast<int64_t>(file * kMicrosPerSecond / kFileBytesPerSecond));
    return goes_on;
  });
  Found(Check::kFiles, checked ? "" : checked.error().message);
  return goes_on;
}

bool Sealer::VerifyOn() {
  if (!files_checked_ && !CheckFiles()) return false;
  files_checked_ = true;
  VerifyOptions options;
  // A key that was replaced signed what it signed.
  if (auto keys = parts_.ledger.Keys()) options.keys = std::move(*keys);
  if (const auto note = NewestExported()) options.checkpoints.push_back(*note);
  paced_records_ = state_.records();
  paced_from_us_ = MonotonicMicros();
  options.progress = [this](uint64_t done) {
    parts_.metrics.log_verified_records.Set(static_cast<double>(done));
    {
      const std::lock_guard lock(mutex_);
      status_.verified_records = done;
    }
    const auto due_us = paced_from_us_ + static_cast<int64_t>(done - std::min(done, paced_records_)) *
                                             kMicrosPerSecond /
                                             static_cast<int64_t>(
                                                 parts_.options.verify_records_per_second);
    const int64_t ahead = due_us - MonotonicMicros();
    if (ahead > kPaceStepMicros && !Rest(ahead)) return false;
    return !SealIsDue() || MonotonicMicros() - paced_from_us_ < kShortestStretchMicros;
  };
  const auto report = VerifyLog(parts_.store, parts_.directory, state_, options);
  const bool whole = report && !report->stopped;
  if (report && report->stopped) return false;
  state_ = VerifyState();
  files_checked_ = false;
  Found(Check::kLog, whole ? "" : report.error().message);
  if (whole) {
    const std::lock_guard lock(mutex_);
    status_.verified_at = parts_.now();
    parts_.metrics.log_verified_timestamp.Set(Seconds(*status_.verified_at));
  }
  return true;
}

AuditStatus Sealer::Status() const {
  const std::lock_guard lock(mutex_);
  AuditStatus status = status_;
  status.log_records = parts_.log_size();
  return status;
}

}  // namespace tthc
