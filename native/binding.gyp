{
  "targets": [{
    "target_name": "procview",
    "sources": [
      "addon/addon.cc",
      "addon/session.cc",
      "addon/sample.cc",
      "addon/callers.cc",
      "addon/convert.cc",
      "addon/files.cc",
      "addon/sources.cc",
      "addon/tasks.cc",
      "sample/buffer.cc",
      "sample/callers.cc",
      "sample/cgroupstats.cc",
      "sample/files.cc",
      "sample/keys.cc",
      "sample/map.cc",
      "sample/netlink.cc",
      "sample/number.cc",
      "sample/parse.cc",
      "sample/pid-namespace.cc",
      "sample/root.cc",
      "sample/sources.cc",
      "sample/threads.cc"
    ],
    "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")", "."],
    "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"],
    "cflags_cc": ["-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers", "-fvisibility=hidden"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fno-rtti"]
  }]
}
