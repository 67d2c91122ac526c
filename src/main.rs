//! The `lakewarden` binary: everything is in [`lakewarden::cli`].

/// Has glibc give back what is freed. Large buffers are made on one thread and freed on another all the time; left to itself
/// it keeps the most that each of many heaps ever held, which no budget bounds.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn bound_heaps() {
    const LARGE: libc::c_int = 4 << 20;
    let heaps = std::thread::available_parallelism().map_or(1, |threads| threads.get());
    let heaps = libc::c_int::try_from(heaps).unwrap_or(libc::c_int::MAX);
    // SAFETY: the calls set two numbers, and no other thread runs yet. Where one is refused all stays as it was.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, heaps);
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn bound_heaps() {}

fn main() -> std::process::ExitCode {
    bound_heaps();
    lakewarden::cli::main()
}
