// Text and descriptors over unix sockets: messages to service managers (sd_notify(3)) and between daemons at a hand-over.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace procview::service {

/// Most descriptors in one message (SCM_MAX_FD is 253).
constexpr size_t kMostDescriptors = 128;

/// Sends one message on a connected socket. Returns 0 or an errno.
int Send(int socket, std::string_view text, const std::vector<int>& descriptors);

/// Sends a datagram to a socket: a path, or `@` and an abstract name. Returns 0 or an errno.
int Notify(const std::string& socket, std::string_view text, const std::vector<int>& descriptors);

/// Appends the text and the descriptors of one message; the caller owns the descriptors, which exec closes. Returns the
/// number of bytes, 0 at the end of a stream, or a negative errno.
/// @param sender set to the pid of the sender, 0 if the socket does not ask for it (SO_PASSCRED)
int Receive(int socket, std::string* text, std::vector<int>* descriptors, int* sender = nullptr);

}  // namespace procview::service
