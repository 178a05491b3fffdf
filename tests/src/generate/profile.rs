//! What kind of scenarios to generate.

/// Which parts of the alphabet a profile uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Allow {
    /// Contexts besides the implicit ones: making, copying, entering, leaving, reading, scopes.
    pub contexts: bool,
    /// Tokens: resets and reading them.
    pub tokens: bool,
    /// Iterators.
    pub iterators: bool,
    /// Dropping handles.
    pub drops: bool,
    /// Handing handles to other threads.
    pub give: bool,
    /// Threads that are started by others.
    pub spawn: bool,
    /// Watchers.
    pub watchers: bool,
    /// Distinct values that are equal.
    pub classes: bool,
    /// Values and watchers that perform operations, and an allocator that reads.
    pub hooks: bool,
}

impl Allow {
    /// All parts.
    pub const ALL: Allow = Allow {
        contexts: true,
        tokens: true,
        iterators: true,
        drops: true,
        give: true,
        spawn: true,
        watchers: true,
        classes: true,
        hooks: true,
    };

    /// Variables alone.
    pub const VARIABLES: Allow = Allow {
        contexts: false,
        tokens: false,
        iterators: false,
        drops: false,
        give: false,
        spawn: false,
        watchers: false,
        classes: false,
        hooks: false,
    };
}

/// The measures of the scenarios to generate. A pair is a range, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Profile {
    /// Parallel threads, at most [`crate::scenario::Scenario::MAX_THREADS`].
    pub threads: (u32, u32),
    /// Operations of each of them.
    pub steps: (u32, u32),
    /// Operations of `init` after its variables and contexts are made.
    pub init: (u32, u32),
    /// Operations of `post`.
    pub post: (u32, u32),
    /// Variables that `init` makes.
    pub variables: (u32, u32),
    /// Contexts that `init` makes.
    pub contexts: (u32, u32),
    /// Variables, and contexts, made by a scenario at most.
    pub most: (u32, u32),
    /// Nesting of scopes at most.
    pub depth: u32,
    /// Values with user code at most.
    pub hooks: u32,
    /// One value of this number gets user code, while there may be more.
    pub hook_rarity: u32,
    /// Whether user code writes more than it reads.
    pub hooks_write: bool,
    /// What is used.
    pub allow: Allow,
}

impl Profile {
    /// Long scenarios with everything, to be run one operation at a time.
    pub const SEQUENTIAL: Profile = Profile {
        threads: (1, 3),
        steps: (15, 40),
        init: (2, 20),
        post: (0, 10),
        variables: (2, 4),
        contexts: (0, 2),
        most: (6, 8),
        depth: 4,
        hooks: 2,
        hook_rarity: 10,
        hooks_write: false,
        allow: Allow::ALL,
    };

    /// Short parallel programs without user code, for the engines that explore schedules.
    pub const CONCURRENT: Profile = Profile {
        threads: (2, 3),
        steps: (1, 4),
        init: (0, 4),
        post: (0, 3),
        variables: (1, 2),
        contexts: (0, 2),
        most: (3, 4),
        depth: 2,
        hooks: 0,
        hook_rarity: 1,
        hooks_write: false,
        allow: Allow { hooks: false, ..Allow::ALL },
    };

    /// Medium parallel programs for random schedules and real threads.
    pub const STRESS: Profile =
        Profile { threads: (2, 4), steps: (4, 16), init: (0, 8), post: (0, 6), most: (4, 8), ..Profile::CONCURRENT };

    /// Many variables: contexts whose maps are several levels deep.
    pub const WIDE: Profile = Profile {
        threads: (0, 2),
        steps: (20, 80),
        init: (20, 60),
        post: (0, 20),
        variables: (17, 48),
        contexts: (0, 2),
        most: (64, 8),
        depth: 2,
        hooks: 0,
        hook_rarity: 1,
        hooks_write: false,
        allow: Allow { hooks: false, spawn: false, ..Allow::ALL },
    };

    /// User code everywhere: what drop, equality, clone and watchers can do to an operation in progress.
    pub const REENTRANT: Profile = Profile {
        threads: (0, 2),
        steps: (4, 24),
        init: (4, 24),
        variables: (1, 3),
        hooks: 4,
        hook_rarity: 3,
        ..Profile::SEQUENTIAL
    };

    /// User code and contention together: short parallel programs that want the same things, with values and watchers
    /// that act.
    pub const CONTENDED_REENTRANT: Profile = Profile {
        steps: (2, 5),
        init: (1, 4),
        contexts: (1, 1),
        hooks: 5,
        hook_rarity: 2,
        hooks_write: true,
        allow: Allow { give: false, spawn: false, classes: false, ..Allow::ALL },
        ..Profile::CONCURRENT
    };

    /// Every named profile.
    pub const ALL: [(&'static str, Profile); 6] = [
        ("sequential", Profile::SEQUENTIAL),
        ("concurrent", Profile::CONCURRENT),
        ("stress", Profile::STRESS),
        ("wide", Profile::WIDE),
        ("reentrant", Profile::REENTRANT),
        ("contended-reentrant", Profile::CONTENDED_REENTRANT),
    ];

    /// The profile of this name.
    pub fn named(name: &str) -> Option<Profile> {
        Profile::ALL.iter().find(|(known, _)| *known == name).map(|(_, profile)| *profile)
    }
}
