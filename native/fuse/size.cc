#include "fuse/size.h"

#include "fuse/dispatch.h"

namespace procview::fuse {
namespace {

/// 6.2 and later; the splice of 6.2 to 6.4 does not need it, but cannot be told from 6.5's.
constexpr uint32_t kSpliceMinor = 38;
constexpr uint64_t kSize = 4096;

}  // namespace

bool SizeHidden(Dispatcher& dispatcher, const Node& node) {
  return !node.directory() && dispatcher.shared().minor >= kSpliceMinor;
}

uint64_t SplicedSize(Dispatcher& dispatcher, const Node& node) {
  if (!SizeHidden(dispatcher, node)) return 0;
  Shared& shared = dispatcher.shared();
  shared.sizes[shared.tree.Index(node)] = true;
  return kSize;
}

void HideSize(Dispatcher& dispatcher, const Node& node) {
  if (!SizeHidden(dispatcher, node)) return;
  NotifyStoreOut store{node.id, kSize + 1, 0, 0};
  std::string_view data(reinterpret_cast<const char*>(&store), sizeof(store));
  auto length = static_cast<uint32_t>(sizeof(OutHeader) + data.size());
  dispatcher.replies().Notify({length, kNotifyStore, 0}, data);
}

void HideSizeOnOpen(Dispatcher& dispatcher, const Node& node) {
  Shared& shared = dispatcher.shared();
  bool shown = shared.sizes[shared.tree.Index(node)].exchange(false);
  if (shown) HideSize(dispatcher, node);
}

}  // namespace procview::fuse
