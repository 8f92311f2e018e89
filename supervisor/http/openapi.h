// What every route answers, for the description of the HTTP interface (GET /openapi.json, OpenAPI 3.1) and
// for everybody who must know the media type of an answer. Made from the one table of router.h: paths,
// methods and words are there; here are parameters, bodies, schemas and errors. A route without them does not
// compile. Pure.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "supervisor/http/router.h"

namespace supervisor {

// A field of a JSON object. Type: integer, number, string, boolean, time, any; the name of another shape;
// "[T]" a list; "{T}" an object of any names; "=a|b" one of these words; "T?" may be null. A name that ends
// with "?" may be missing.
struct ShapeField {
  std::string_view name;
  std::string_view type;
  std::string_view text = {};
};
struct Shape {
  std::string_view name;
  std::span<const ShapeField> fields;
};
// Every object of the interface (openapi_shapes.cpp).
std::span<const Shape> shapes();

struct QueryText {
  std::string_view name;
  std::string_view type;  // as of ShapeField
  std::string_view text;
};
// What a route has besides its row. Errors that every route can have are not named: 400, 405, 406, 421, 500,
// 503 and, of those that change something, 403, 413, 415.
struct RouteText {
  int status = 200;
  std::string_view answer = {};  // shape; empty: no JSON
  std::string_view body = {};    // shape of the request; empty: none is needed
  std::span<const QueryText> query = {};
  std::string_view also = {};  // "404 409": further statuses
};
RouteText route_text(RouteId id);

// The whole description, made once.
std::shared_ptr<const std::string> openapi_json();

}  // namespace supervisor
