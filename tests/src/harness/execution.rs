//! One run of a scenario: thread 0 sets up, the parallel threads run, thread 0 looks at the rest.

use super::executor::{Executor, program};
use super::shared::{Left, Record, Shared, assemble};
use super::thread_runner::ThreadRunner;
use super::value::Tracked;
use crate::mutex::lock;
use crate::outcome::Outcome;
use crate::platform::TestPlatform;
use crate::scenario::Scenario;
use contextvars::core::Design;
use contextvars_model::ThreadId;
use std::sync::Arc;

/// Runs the scenario once.
pub(super) fn execute<D>(scenario: &Arc<Scenario>, crew: Arc<dyn ThreadRunner>) -> Outcome
where
    D: Design<Value = Tracked>,
    D::Platform: TestPlatform,
{
    let shared = Shared::<D>::new(scenario, crew);
    let main = Executor::new(&shared, ThreadId(0), None);
    let mut init = Record::default();
    main.acting(|| {
        main.steps(&scenario.init);
        init = main.take_record();
        parallel(&shared, &main);
        let mut left = std::mem::take(&mut *lock(&shared.left));
        left.sort_by_key(|left| left.record.operations.first().map(|operation| operation.thread));
        for Left { handles, record } in left {
            main.handles().absorb(handles);
            main.append(record);
        }
        main.steps(&scenario.post);
        main.end();
    });
    let record = main.take_record();
    drop(main);
    assemble(&shared, init, record)
}

/// Runs the parallel part to its end.
fn parallel<D>(shared: &Arc<Shared<D>>, main: &Executor<D>)
where
    D: Design<Value = Tracked>,
    D::Platform: TestPlatform,
{
    *lock(&shared.endowment) = main.handles().clone();
    shared.world.watch_quiet();
    let threads = shared.scenario.threads.iter().enumerate().filter(|(_, program)| !program.spawned);
    let bodies =
        threads.map(|(index, _)| ThreadId(index as u16 + 1)).map(|thread| (thread, program(shared, thread, None)));
    shared.crew.start_all(bodies.collect());
    shared.crew.wait();
    shared.release_endowment();
}
