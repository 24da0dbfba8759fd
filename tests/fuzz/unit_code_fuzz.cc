// Codes of units in both schemes: what is canonical stays as it is, and case numbers that name a unit.
#include "config/units.h"
#include "require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tthc;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto code = CanonicalUnitCode(text);
  if (!code) {
    Require(!code.error().message.empty());
    return 0;
  }
  Require(!code->empty() && code->size() <= kMaxUnitCodeBytes);
  Require(CanonicalUnitCode(*code).value() == *code);
  return 0;
}
