// Parameters below /proc/sys/net, where each thread sees those of its own network namespace.
#pragma once

#include <string>

namespace procview::mounts {

/// Stands for a new network namespace, which ends with the call: it shows which parameters a namespace has, and their
/// defaults.
inline constexpr const char* kNewNamespace = "";

/// Reads `/proc/sys/net/<name>` as seen in the network namespace `path` (such as /proc/1/ns/net).
/// Returns 0 or a negative errno: ENOENT if the namespace has no such parameter.
int ReadNetParameter(const std::string& path, const std::string& name, std::string& text);

/// Writes it. Returns 0 or a negative errno.
int WriteNetParameter(const std::string& path, const std::string& name, const std::string& text);

}  // namespace procview::mounts
