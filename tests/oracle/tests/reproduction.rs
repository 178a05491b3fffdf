//! The programs that show findings: of a scenario without one they show nothing, whatever it does.

mod common;

use common::interpreters;
use contextvars_check::generate::Seeded;
use contextvars_check_oracle::dialect::Dialect;
use contextvars_check_oracle::found::Found;
use contextvars_check_oracle::plan::{Order, Plan, Way};
use contextvars_check_oracle::trial::Trouble;
use contextvars_check_oracle::{profile, reproduction};

#[test]
fn a_program_of_what_agrees_shows_no_difference() {
    for interpreter in interpreters("the programs that show findings") {
        let version = interpreter.version().clone();
        let mut random = Seeded::new(5);
        for _ in 0..12 {
            let scenario = profile::short(&mut random);
            let way = Way { order: Order::Mixed(random.bits()), probe_every: 0 };
            let plan = Plan::new(&scenario, &Dialect::of(&version), &way);
            let trouble = Trouble::Impossible("nothing".to_owned());
            let (cut_from, tried) = (scenario.operations(), 0);
            let found = Found { version: version.clone(), plan, trouble, performed: 0, cut_from, tried, again: true };
            let program = reproduction::program(&found);
            let (shows, printed) = reproduction::run(interpreter.path(), &program);
            assert!(!shows && !printed.contains("ended with"), "{scenario}\n{program}\n{printed}");
            assert!(printed.lines().count() > 5, "{printed}");
        }
    }
}
