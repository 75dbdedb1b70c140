// What each part of the addon registers. The only folder that includes napi.h.
#pragma once

#include <napi.h>

namespace procview::addon {

/// FUSE: `Session`.
void InitSession(Napi::Env env, Napi::Object exports);

/// The caller cache: `Callers`.
void InitCallers(Napi::Env env, Napi::Object exports);

/// Discovery: `UnknownProcesses`.
void InitUnknownProcesses(Napi::Env env, Napi::Object exports);

/// Sampling: `Keys`, `Sources`.
void InitSources(Napi::Env env, Napi::Object exports);

/// Sampling: `ChangeDetector`.
void InitChangeDetector(Napi::Env env, Napi::Object exports);

/// Sampling: `ThreadCounter`; clocks, and init processes of pid namespaces.
void InitTasks(Napi::Env env, Napi::Object exports);

/// Reading and mapping of files.
void InitFiles(Napi::Env env, Napi::Object exports);

/// Network namespaces: `readNetParameter`, `writeNetParameter`.
void InitNetParameters(Napi::Env env, Napi::Object exports);

/// Discovery: `Watch`.
void InitWatch(Napi::Env env, Napi::Object exports);

/// The mounts of this process: `MountWatch`.
void InitMountWatch(Napi::Env env, Napi::Object exports);

/// Mounts of containers: `changeMounts`.
void InitMounts(Napi::Env env, Napi::Object exports);

/// Service managers and hand-over: `notify`, `handOver`, `takeOver`, `become`, `closeOnExec`.
void InitService(Napi::Env env, Napi::Object exports);

/// Capabilities: `narrowCapabilities`.
void InitPrivileges(Napi::Env env, Napi::Object exports);

}  // namespace procview::addon
