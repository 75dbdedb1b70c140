#include "fuse/decode.h"

namespace procview::fuse {

Decoded Decode(std::string_view frame, Request* request) {
  if (frame.size() < sizeof(InHeader)) return Decoded::kNoHeader;
  std::memcpy(&request->header, frame.data(), sizeof(InHeader));
  request->body = frame.substr(sizeof(InHeader));
  return request->header.len == frame.size() ? Decoded::kOk : Decoded::kBadLength;
}

bool DecodeBody(Request* request, size_t fixed, int count) {
  if (request->body.size() < fixed) return false;
  std::string_view rest = request->body.substr(fixed);
  for (int i = 0; i < count; i++) {
    size_t end = rest.find('\0');
    if (end == std::string_view::npos || end == 0) return false;
    request->names[i] = rest.substr(0, end);
    rest.remove_prefix(end + 1);
  }
  return true;
}

}  // namespace procview::fuse
