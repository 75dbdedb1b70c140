// Messages to service managers, with the socket of a fake manager; and the descriptors that the keeper stores.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "fixture.h"
#include "keeper/store.h"
#include "service/messages.h"

using namespace procview;

namespace {

int FakeManager(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';
  auto length = offsetof(sockaddr_un, sun_path) + path.size() + (path[0] == '@' ? 0 : 1);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes));
  return bind(fd, reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(length)) == 0 ? fd : -1;
}

bool IsOpen(int fd) { return fcntl(fd, F_GETFD) >= 0; }

int Some() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

void TestNotify(const std::string& name) {
  int manager = FakeManager(name);
  int kept = Some();
  IS(service::Notify(name, "FDSTORE=1\nFDNAME=x", {kept, kept}), 0, "a message with descriptors");
  std::string text;
  std::vector<int> descriptors;
  int sender = 0;
  IS(service::Receive(manager, &text, &descriptors, &sender), 18, "arrives");
  IS(text, "FDSTORE=1\nFDNAME=x", "as it was");
  IS(descriptors.size(), 2u, "with them");
  IS(sender, getpid(), "and the pid of the sender");
  OK((fcntl(descriptors[0], F_GETFD) & FD_CLOEXEC) != 0, "closed on exec");
  IS(service::Receive(manager, &text, &descriptors), -EAGAIN, "once");
  for (int fd : descriptors) close(fd);
  close(kept);
  close(manager);
}

void TestNobody() {
  IS(service::Notify("build/no-such-socket", "READY=1", {}), ENOENT, "nobody listens");
  IS(service::Notify("", "READY=1", {}), EINVAL, "no name");
  IS(service::Notify(std::string(200, 'x'), "READY=1", {}), EINVAL, "a name too long");
}

void TestStore() {
  keeper::Store store;
  int a = Some(), b = Some(), c = Some();
  store.Receive("FDSTORE=1\nFDPOLL=0\nFDNAME=a", {a});
  store.Receive("FDNAME=b\nFDSTORE=1", {b});
  IS(store.Names(), "a:b", "kept in order");
  store.Receive("FDNAME=c\nWATCHDOG=1", {c});
  OK(store.alive && !IsOpen(c), "what is not to be stored is closed");
  int again = Some();
  store.Receive("FDSTORE=1\nFDNAME=a", {again});
  OK(!IsOpen(a) && IsOpen(again), "a name is given once");
  store.Receive("FDSTOREREMOVE=1\nFDNAME=b", {});
  IS(store.Names(), "a", "removed");
  OK(!IsOpen(b), "and closed");
  OK(!store.ready, "not ready");
  store.alive = false;
  store.Receive("NOTREADY=1\nXREADY=1\nREADY=11", {});
  OK(!store.ready, "nor by another word");
  store.Receive("READY=1\nSTATUS=x\nX_PROCVIEW_MOUNT=/a b", {});
  OK(store.ready && store.mount == "/a b" && !store.handed_over, "ready, and where");
  OK(store.alive, "from when it is ready on it has to say that it is alive");
  store.Receive("X_PROCVIEW_HANDED_OVER=1", {});
  OK(store.handed_over, "handed over");
  for (int i = 0; i < 200; i++) store.Receive("FDSTORE=1\nFDNAME=n" + std::to_string(i), {Some()});
  IS(store.kept().size(), 64u, "has an end");
}

}  // namespace

int main() {
  std::string path = "build/manager-" + std::to_string(getpid());
  TestNotify(path);
  TestNotify("@procview-test-" + std::to_string(getpid()));
  TestNobody();
  TestStore();
  unlink(path.c_str());
  return tap::Finish();
}
