{
  "targets": [{
    "target_name": "procview",
    "sources": [
      "addon/addon.cc",
      "addon/session.cc",
      "addon/sample.cc",
      "fuse/body.cc",
      "fuse/channel.cc",
      "fuse/decode.cc",
      "fuse/dispatch.cc",
      "fuse/entries.cc",
      "fuse/files.cc",
      "fuse/handles.cc",
      "fuse/init.cc",
      "fuse/mount.cc",
      "fuse/mountinfo.cc",
      "fuse/opcodes.cc",
      "fuse/session.cc",
      "fuse/size.cc",
      "fuse/threads.cc",
      "fuse/tree.cc"
    ],
    "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")", "."],
    "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"],
    "cflags_cc": ["-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers", "-fvisibility=hidden"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fno-rtti"]
  }]
}
