// Why a call failed, for an Error of JavaScript.
#pragma once

#include <string>

namespace procview::base {

struct Error {
  int code = 0;
  const char* syscall = "";
  /// What failed and where, without the errno's text.
  std::string what;

  explicit operator bool() const { return code != 0; }
};

}  // namespace procview::base
