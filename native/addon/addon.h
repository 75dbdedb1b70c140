// What each part of the addon registers. The only folder that includes napi.h.
#pragma once

#include <napi.h>

namespace procview {

/// FUSE: `Session`.
void InitSession(Napi::Env env, Napi::Object exports);

/// Sampling: `Keys`, `Sources`, `Callers`, and the functions that read files.
void InitSample(Napi::Env env, Napi::Object exports);

/// Network namespaces: `readNetParameter`, `writeNetParameter`.
void InitNetParameters(Napi::Env env, Napi::Object exports);

/// Discovery: `Watch`.
void InitWatch(Napi::Env env, Napi::Object exports);

/// Our own mounts: `MountWatch`.
void InitMountWatch(Napi::Env env, Napi::Object exports);

/// Other mount namespaces: `changeMounts`.
void InitNamespaces(Napi::Env env, Napi::Object exports);

/// Service managers and successors: `notify`, `handOver`, `takeOver`, `become`, `closeOnExec`.
void InitService(Napi::Env env, Napi::Object exports);

/// What we may do: `narrowCapabilities`.
void InitPrivileges(Napi::Env env, Napi::Object exports);

}  // namespace procview
