//! Counting mode bits over a folder, and judging them.

use std::path::Path;

use crate::exposure::evidence::Evidence;
use crate::model::exposure::{
    Audience, AudienceKind, Effect, Exposure, Grant, GrantState, Permission, Rule, Scope, ScopeKind, Via,
};
use crate::model::facts::{LocalSettings, Modes, Setting, Settings, StoreFacts};
use crate::model::id::StoreUri;

/// Judges counted mode bits.
pub(in crate::exposure) fn judge(settings: &LocalSettings) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.source_of_grants(
        &settings.modes,
        "the folder's mode bits",
        "search permission (x) on the folder",
    );
    let Some(modes) = settings.modes.get() else {
        return evidence;
    };
    if modes.unseen_folders > 0 {
        let why = format!("{} folders could not be looked into", modes.unseen_folders);
        evidence.open_setting(Some("read and search permission (r-x) on every folder"), why);
    }
    if !modes.reachable {
        let detail = "a folder above keeps other users out (no o+x)";
        evidence.reason(Effect::Blocks, Rule::LocalParentClosed, "modes.reachable", detail);
        return evidence;
    }
    count(modes, &mut evidence);
    evidence
}

/// What the counts let others do.
fn count(modes: &Modes, evidence: &mut Evidence) {
    if modes.listable {
        add(Permission::List, Scope::store(), evidence);
    }
    if modes.readable_files > 0 {
        add(Permission::Read, Scope::store(), evidence);
        let detail = format!(
            "{} of {} files are readable by every user",
            modes.readable_files, modes.files
        );
        evidence.reason(
            Effect::Grants,
            Rule::LocalOthersRead,
            "modes.readable_files",
            detail,
        );
        evidence.remedy(
            "remove read permission for others (chmod -R o-r), or search permission on the folder (o-x)",
        );
    }
    if modes.writable_files + modes.writable_folders > 0 {
        add(Permission::Write, Scope::store(), evidence);
        let detail = format!(
            "{} files and {} folders are writable by every user",
            modes.writable_files, modes.writable_folders
        );
        evidence.reason(
            Effect::Grants,
            Rule::LocalOthersWrite,
            "modes.writable_files",
            detail,
        );
        evidence.remedy("remove write permission for others (chmod -R o-w)");
    }
}

fn add(permission: Permission, scope: Scope, evidence: &mut Evidence) {
    let audience = Audience::new(AudienceKind::LocalUsers);
    evidence.grants.push(Grant {
        audience,
        permission,
        scope,
        state: GrantState::Live,
        via: Via::FileMode,
    });
}

/// Reads the mode bits of a folder or file and of everything in it (links are not followed, as a scan does not).
pub fn facts(uri: StoreUri, path: &Path) -> StoreFacts {
    let mut facts = StoreFacts::new(uri);
    facts.settings = Settings::Local(LocalSettings { modes: read(path) });
    facts
}

/// Judges one file by its own bits and those of the folders above.
pub fn object(path: &Path) -> Exposure {
    let settings = LocalSettings { modes: read(path) };
    let mut evidence = judge(&settings);
    let name = path
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    for grant in &mut evidence.grants {
        grant.scope = Scope::keys(ScopeKind::Object, name.clone());
    }
    evidence.conclude()
}

/// Counts the bits; systems without them are never asked.
#[cfg(not(unix))]
fn read(_path: &Path) -> Setting<Modes> {
    Setting::Refused("NoModeBits".to_owned())
}

#[cfg(unix)]
fn read(path: &Path) -> Setting<Modes> {
    unix::count(path).map_or_else(|e| Setting::Refused(format!("{:?}", e.kind())), Setting::Is)
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::io;
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};

    use crate::model::facts::Modes;

    const READ: u32 = 0o4;
    const WRITE: u32 = 0o2;
    const SEARCH: u32 = 0o1;
    const STICKY: u32 = 0o1000;

    /// Counts over the tree below `path`, which may be a file.
    pub(super) fn count(path: &Path) -> io::Result<Modes> {
        let path = fs::canonicalize(path)?;
        let top = fs::metadata(&path)?;
        let mut modes = Modes {
            reachable: parents_open(&path)?,
            ..Modes::default()
        };
        if !top.is_dir() {
            add_file(&mut modes, top.permissions().mode(), true);
            return Ok(modes);
        }
        modes.listable = top.permissions().mode() & READ != 0;
        let open = top.permissions().mode() & SEARCH != 0;
        if writable_folder(top.permissions().mode()) {
            modes.writable_folders += 1;
        }
        let mut stack = vec![(path, open)];
        while let Some((folder, open)) = stack.pop() {
            walk(&folder, open, &mut modes, &mut stack);
        }
        Ok(modes)
    }

    /// Whether others may pass every folder above.
    fn parents_open(path: &Path) -> io::Result<bool> {
        for parent in path.ancestors().skip(1) {
            if fs::metadata(parent)?.permissions().mode() & SEARCH == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Counts one folder's entries and remembers its folders. `open`: others may pass down to here.
    fn walk(folder: &Path, open: bool, modes: &mut Modes, stack: &mut Vec<(PathBuf, bool)>) {
        let Ok(entries) = fs::read_dir(folder) else {
            modes.unseen_folders += 1;
            return;
        };
        for entry in entries.flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            let mode = metadata.permissions().mode();
            if metadata.is_dir() {
                modes.writable_folders += u64::from(open && writable_folder(mode));
                stack.push((entry.path(), open && mode & SEARCH != 0));
            } else if metadata.is_file() {
                add_file(modes, mode, open);
            }
        }
    }

    fn add_file(modes: &mut Modes, mode: u32, open: bool) {
        modes.files += 1;
        modes.readable_files += u64::from(open && mode & READ != 0);
        modes.writable_files += u64::from(open && mode & WRITE != 0);
    }

    /// Whether others may add entries or remove those of others.
    fn writable_folder(mode: u32) -> bool {
        mode & (WRITE | SEARCH) == WRITE | SEARCH && mode & STICKY == 0
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::exposure::Verdict;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    /// A folder below the temporary one, which itself lets everyone pass or not.
    fn tree(outer: u32, inner: u32, file: u32) -> tempfile::TempDir {
        let top = tempfile::tempdir().unwrap();
        fs::create_dir(top.path().join("in")).unwrap();
        fs::write(top.path().join("in/a.txt"), "x").unwrap();
        chmod(&top.path().join("in/a.txt"), file);
        chmod(&top.path().join("in"), inner);
        chmod(top.path(), outer);
        top
    }

    fn verdict(outer: u32, inner: u32, file: u32) -> Verdict {
        let top = tree(outer, inner, file);
        let facts = facts(StoreUri::new("file:///x"), top.path());
        // What lies above the temporary folder is the machine's, not the test's.
        let Settings::Local(mut settings) = facts.settings else {
            panic!("not local")
        };
        if let Setting::Is(modes) = &mut settings.modes {
            modes.reachable = true;
        }
        judge(&settings).conclude().verdict
    }

    #[test]
    fn a_file_is_reached_only_through_open_folders() {
        assert_eq!(verdict(0o755, 0o755, 0o644), Verdict::External);
        assert_eq!(
            verdict(0o711, 0o711, 0o644),
            Verdict::External,
            "names can be guessed"
        );
        assert_eq!(verdict(0o700, 0o755, 0o644), Verdict::Private);
        assert_eq!(verdict(0o711, 0o700, 0o644), Verdict::Private);
        assert_eq!(verdict(0o711, 0o711, 0o640), Verdict::Private);
    }

    #[test]
    fn writing_counts_and_the_sticky_bit_saves_a_folder() {
        assert_eq!(verdict(0o711, 0o711, 0o602), Verdict::External);
        assert_eq!(verdict(0o711, 0o733, 0o600), Verdict::External);
        assert_eq!(verdict(0o711, 0o1733, 0o600), Verdict::Private);
    }

    #[test]
    fn a_missing_folder_is_unknown() {
        let facts = facts(StoreUri::new("file:///x"), Path::new("/does/not/exist"));
        let Settings::Local(settings) = facts.settings else {
            panic!("not local")
        };
        assert_eq!(judge(&settings).conclude().verdict, Verdict::Unknown);
    }

    #[test]
    fn a_closed_folder_above_keeps_everyone_out() {
        let top = tree(0o700, 0o755, 0o644);
        let exposure = object(&top.path().join("in/a.txt"));
        assert_eq!(exposure.verdict, Verdict::Private);
        assert!(exposure.reasons.iter().any(|r| r.rule == Rule::LocalParentClosed));
    }
}
