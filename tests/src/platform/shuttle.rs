//! shuttle's primitives: schedules chosen by a scheduler, sequentially consistent.

super::traced::traced_platform! {
    /// The primitives of shuttle. It knows one ordering only and warns of every other, so it is given that one.
    Shuttle, shuttle, |_: Ordering| Ordering::SeqCst, ()
}
