//! The `lakewarden` binary: everything is in [`lakewarden::cli`].

/// Has glibc keep what is freed within bounds. Large buffers are made on one thread and freed on another all the time: left to
/// itself it keeps the most that each of many heaps ever held, which no budget bounds; where none is kept, fresh pages
/// cost as much as decoding does.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn bound_heaps() {
    /// What goes into a heap at most; the most that glibc allows.
    const LARGE: libc::c_int = 32 << 20;
    /// What all heaps together may keep at their ends.
    const KEPT: libc::c_int = 64 << 20;
    let heaps = std::thread::available_parallelism().map_or(1, |threads| threads.get());
    let heaps = libc::c_int::try_from(heaps).unwrap_or(libc::c_int::MAX);
    // SAFETY: the calls set three numbers, and no other thread runs yet. Where one is refused all stays as it was.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, heaps);
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT / heaps);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn bound_heaps() {}

fn main() -> std::process::ExitCode {
    bound_heaps();
    lakewarden::cli::main()
}
