//! The `lakewarden` binary: everything is in [`lakewarden::cli`].

fn main() -> std::process::ExitCode {
    lakewarden::cli::main()
}
