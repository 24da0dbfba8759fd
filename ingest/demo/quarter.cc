#include "ingest/demo/quarter.h"

#include <string>

#include "ingest/demo/drawing.h"
#include "ingest/demo/render.h"

namespace tthc::demo {
namespace {

constexpr uint64_t kLinesPerReport = 10'000;

}  // namespace

Result<void> WriteDemoQuarter(const DemoOptions& options, std::ostream& out,
                              const DemoProgress& progress) {
  const auto quarter = DrawQuarter(options.seed);
  if (!quarter) return quarter.error();
  std::string text;
  uint64_t safe = 0;
  uint64_t written = 0;
  const uint64_t total = quarter->messages.size();
  for (const Message& message : quarter->messages) {
    const DemoCase& made = quarter->cases[message.case_index];
    AppendLine(quarter->world.units[made.unit], made, message, text);
    if (++written % kLinesPerReport != 0 && written != total) continue;
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    if (!out) {
      return Error{ErrorKind::kIo, "the demonstration quarter could not be written after line " +
                                       std::to_string(safe)};
    }
    text.clear();
    safe = written;
    if (progress) progress(written, total);
  }
  return {};
}

}  // namespace tthc::demo
