// The OpenAPI 3 document, made from the route table.
#pragma once

#include <string>
#include <string_view>

#include "server/http/router.h"

namespace tthc {

std::string OpenApiDocument(const Router& router);

// components/schemas, as JSON text.
std::string_view OpenApiSchemas();

}  // namespace tthc
