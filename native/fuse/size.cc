#include "fuse/size.h"

#include "fuse/dispatch.h"

namespace procview::fuse {
namespace {

/// 6.2 and later. The splice of 6.2 to 6.4 does not need it, but has the same minor version as 6.5.
constexpr uint32_t kSpliceMinor = 38;
/// As of every file of sysfs.
constexpr uint64_t kSize = 4096;
/// Larger than any body.
constexpr uint64_t kSplicedSize = 1 << 20;

}  // namespace

bool SizeHidden(Dispatcher& dispatcher, const Known& known) {
  return known.file() && !known.dynamic && dispatcher.shared().negotiated.minor >= kSpliceMinor;
}

uint64_t SplicedSize(Dispatcher& dispatcher, const Known& known) {
  if (!SizeHidden(dispatcher, known)) return ShownSize(known);
  Shared& shared = dispatcher.shared();
  shared.sizes[shared.tree.Index(*known.node)] = true;
  return kSplicedSize;
}

uint64_t ShownSize(const Known& known) { return known.file() && known.dynamic ? kSize : 0; }

void HideSize(Dispatcher& dispatcher, const Known& known) {
  if (!SizeHidden(dispatcher, known)) return;
  NotifyStoreOut store{known.id, kSplicedSize + 1, 0, 0};
  std::string_view data(reinterpret_cast<const char*>(&store), sizeof(store));
  auto length = static_cast<uint32_t>(sizeof(OutHeader) + data.size());
  dispatcher.replies().Notify({length, kNotifyStore, 0}, data);
}

void HideSizeOnOpen(Dispatcher& dispatcher, const Known& known) {
  if (!SizeHidden(dispatcher, known)) return;
  Shared& shared = dispatcher.shared();
  bool shown = shared.sizes[shared.tree.Index(*known.node)].exchange(false);
  if (shown) HideSize(dispatcher, known);
}

}  // namespace procview::fuse
