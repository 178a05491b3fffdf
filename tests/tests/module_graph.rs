//! No circle in the module graph of any package: someone new can read each from the bottom up.
//!
//! A module is a file. It depends on the file that defines what it names, in `use` lines and elsewhere, by a path that
//! starts with `crate`, `super`, `self` or one of its own modules. A `mod` line or a re-export alone is no dependency:
//! it is a table of contents.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::visit::Visit;
use syn::{ItemMod, UseTree};

/// The path of a module, from the root of its package.
type Module = Vec<String>;

/// The modules of a package, and which other modules each of them names.
type Graph = BTreeMap<Module, BTreeSet<Module>>;

/// The paths that one file names, and the names that it gives to some of them.
#[derive(Default)]
struct Named {
    paths: Vec<Vec<String>>,
    names: BTreeMap<String, Vec<String>>,
}

impl<'ast> Visit<'ast> for Named {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut used = Vec::new();
        expand(&item.tree, &mut Vec::new(), &mut self.names, &mut used);
        if matches!(item.vis, syn::Visibility::Inherited) {
            self.paths.extend(used);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.paths.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }

    /// Who may see an item is no use of anything.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    /// Paths in a module within a file are relative to that module; tests are the only ones there are.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}
}

/// Every path of a `use` tree, and the name that it gives to what the path leads to.
fn expand(
    tree: &UseTree,
    prefix: &mut Vec<String>,
    names: &mut BTreeMap<String, Vec<String>>,
    paths: &mut Vec<Vec<String>>,
) {
    let mut path = prefix.clone();
    let name = match tree {
        UseTree::Path(step) => {
            prefix.push(step.ident.to_string());
            expand(&step.tree, prefix, names, paths);
            prefix.pop();
            return;
        }
        UseTree::Group(group) => return group.items.iter().for_each(|tree| expand(tree, prefix, names, paths)),
        UseTree::Name(name) if name.ident == "self" => prefix.last().cloned(),
        UseTree::Name(name) => {
            path.push(name.ident.to_string());
            Some(name.ident.to_string())
        }
        UseTree::Rename(rename) => {
            path.push(rename.ident.to_string());
            Some(rename.rename.to_string())
        }
        UseTree::Glob(_) => None,
    };
    names.extend(name.map(|name| (name, path.clone())));
    paths.push(path);
}

/// The files of a package, by module.
fn files(folder: &Path, module: &[String], found: &mut BTreeMap<Module, String>) {
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("so can its entries").path();
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        let mut inner = module.to_vec();
        if path.is_dir() {
            inner.push(name);
            files(&path, &inner, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            if !["lib", "main", "mod"].contains(&name.as_str()) {
                inner.push(name);
            }
            found.insert(inner, std::fs::read_to_string(&path).expect("it is text"));
        }
    }
}

fn graph(files: &BTreeMap<Module, String>) -> Graph {
    let read = |(module, text): (&Module, &String)| {
        let mut named = Named::default();
        named.visit_file(&syn::parse_file(text).expect("it compiles"));
        (module.clone(), named)
    };
    let all: BTreeMap<Module, Named> = files.iter().map(read).collect();
    let depends_on = |(module, named): (&Module, &Named)| {
        let targets = named.paths.iter().filter_map(|path| target(&all, module, path));
        (module.clone(), targets.filter(|target| target != module).collect())
    };
    all.iter().map(depends_on).collect()
}

/// The module in which the item that a path leads to is defined, if that is one of the package's: a name that a module
/// only passes on is followed further.
fn target(all: &BTreeMap<Module, Named>, from: &Module, path: &[String]) -> Option<Module> {
    let mut at = from.clone();
    let mut rest = path.iter().map(String::as_str).peekable();
    let mut own = false;
    while let Some(step) = rest.next_if(|step| ["crate", "self", "super"].contains(step)) {
        own = true;
        match step {
            "crate" => at.clear(),
            "super" => drop(at.pop()),
            _ => {}
        }
    }
    while let Some(step) = rest.next() {
        at.push(step.into());
        if all.contains_key(&at) {
            own = true;
            continue;
        }
        at.pop();
        let passed_on = all.get(&at).and_then(|named| named.names.get(step)).filter(|_| own);
        let further: Option<Vec<String>> = passed_on.map(|p| p.iter().cloned().chain(rest.map(String::from)).collect());
        return match further {
            Some(further) if further != path || at != *from => target(all, &at, &further),
            _ => own.then_some(at),
        };
    }
    own.then_some(at)
}

/// The circles: each a set of modules that can all reach each other.
fn circles(graph: &Graph) -> Vec<BTreeSet<Module>> {
    let reach = |from: &Module| {
        let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(module) = next.pop() {
            for target in graph.get(module).into_iter().flatten() {
                if reached.insert(target.clone()) {
                    next.push(target);
                }
            }
        }
        reached
    };
    let reached: BTreeMap<&Module, BTreeSet<Module>> = graph.keys().map(|module| (module, reach(module))).collect();
    let circle = |module: &&Module| {
        let back = |other: &&Module| reached.get(other).is_some_and(|from| from.contains(*module));
        reached[*module].iter().filter(back).cloned().collect::<BTreeSet<_>>()
    };
    let all: BTreeSet<_> = graph.keys().collect::<Vec<_>>().iter().map(circle).collect();
    all.into_iter().filter(|circle| circle.len() > 1).collect()
}

fn describe(graph: &Graph, circle: &BTreeSet<Module>) -> String {
    let name = |module: &Module| if module.is_empty() { "the root".into() } else { module.join("::") };
    let inside = |module: &Module| {
        let targets: Vec<_> = graph[module].iter().filter(|target| circle.contains(*target)).map(name).collect();
        format!("  {} uses {}", name(module), targets.join(", "))
    };
    circle.iter().map(inside).collect::<Vec<_>>().join("\n")
}

/// The only circle, and why it stays: the types refer to each other. A thread belongs to a runtime, a runtime tells its
/// watchers of threads and contexts, a context has bindings, a binding names a variable, and a variable belongs to a
/// runtime.
const OF_TYPES: [&str; 5] = ["core::bindings", "core::context", "core::runtime", "core::thread", "core::variable"];

/// The folders with the sources of the workspace's packages.
fn packages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it is in the workspace").to_path_buf();
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).expect("the workspace has a manifest");
    let members = manifest.split_once("members = [").and_then(|(_, rest)| rest.split_once(']')).expect("a list").0;
    let names: Vec<&str> = members.split('"').skip(1).step_by(2).collect();
    names.into_iter().map(|name| root.join(name).join("src")).collect()
}

#[test]
fn no_package_has_a_circle() {
    let packages = packages();
    assert!(packages.len() >= 3, "model, library and suite");
    for folder in packages {
        let mut found = BTreeMap::new();
        files(&folder, &[], &mut found);
        assert!(found.len() > 3, "{} has modules", folder.display());
        let graph = graph(&found);
        for circle in circles(&graph) {
            let of_types = circle.iter().map(|module| module.join("::")).eq(OF_TYPES);
            assert!(of_types, "a circle in {}:\n{}", folder.display(), describe(&graph, &circle));
        }
    }
}

fn package(files: &[(&str, &str)]) -> BTreeMap<Module, String> {
    let module = |path: &str| path.split("::").filter(|step| !step.is_empty()).map(String::from).collect();
    files.iter().map(|(path, text)| (module(path), (*text).to_string())).collect()
}

#[test]
fn a_circle_is_found_through_any_kind_of_path() {
    let lines = [
        "use crate::b::{self, c::{D as E}};",
        "fn f() { crate::b::c::g() }",
        "fn f(_: super::b::c::D) {}",
        "impl crate::b::c::D {}",
        "use crate::b::Passed;",
    ];
    for line in lines {
        let files =
            [("", "mod a; mod b;"), ("a", line), ("b", "pub mod c; pub use c::Passed;"), ("b::c", "use crate::a;")];
        let graph = graph(&package(&files));
        let found = circles(&graph);
        assert_eq!(found.len(), 1, "{line}");
        assert!(describe(&graph, &found[0]).contains("a uses b::c"), "{line}");
    }
}

#[test]
fn a_table_of_contents_makes_no_circle() {
    let files = [
        ("", "mod a; mod b; pub use a::A;"),
        ("a", "use crate::b::B; pub(crate) struct A;"),
        ("b", "mod c; pub use c::B;"),
        ("b::c", "use std::fmt; pub struct B;"),
    ];
    assert!(circles(&graph(&package(&files))).is_empty());
}
