// Who may do what with a file that is read at the start: secrets are nobody else's to read.
//
// Owner and group are the operator's to choose (a key of root's that the service's group reads);
// everybody else on the machine is not.
#pragma once

#include <string>

#include "config/result.h"

namespace tthc {

enum class OthersMay { kNothing, kRead };

// kIo where there is no such file, kInvalidInput with the mode and the way out where others than
// owner and group may do more than this. From any thread.
Result<void> CheckMode(const std::string& file, OthersMay may);

}  // namespace tthc
