//! Attributes of the type, and the shapes a struct can have.

use timeline_core::TimelineEvent;

use crate::{json, refusal, template, template_id, tokens};

#[test]
fn the_example_of_the_front_page() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "1001298")]
    struct PetAdopted {
        #[timeline(email)]
        owner: String,
        #[timeline(timestamp)]
        adopted_at: std::time::SystemTime,
        #[timeline(token = "petName")]
        name: String,
        #[timeline(token = "petAge")]
        age: u32,
        #[timeline(skip)]
        row: u64,
    }

    let event = PetAdopted {
        owner: "ada@example.com".to_owned(),
        adopted_at: std::time::UNIX_EPOCH,
        name: "Rex".to_owned(),
        age: 3,
        row: 17,
    };
    assert_eq!(event.row, 17);
    assert_eq!(
        json(&event),
        r#"{"eventTemplateId":"1001298","email":"ada@example.com","timestamp":"1970-01-01T00:00:00.000Z","tokens":{"petName":"Rex","petAge":"3"}}"#
    );
    assert_eq!(template_id::<PetAdopted>().as_deref(), Some("1001298"));
    assert_eq!(
        template::<PetAdopted>(),
        r#"{"name":"Pet adopted","objectType":"contacts","tokens":[{"name":"petName","label":"Name","type":"string","options":[]},{"name":"petAge","label":"Age","type":"number","options":[]}]}"#
    );
}

#[test]
fn a_template_id_can_be_a_constant() {
    mod ids {
        pub(super) const ADOPTED: &str = "1001298";
        pub(super) static RETURNED: &str = "1001299";
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = ids::ADOPTED)]
    struct Adopted {
        #[timeline(email)]
        owner: &'static str,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = ids::RETURNED)]
    struct Returned {
        #[timeline(email)]
        owner: &'static str,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = Self::ID)]
    struct Associated {
        #[timeline(email)]
        owner: &'static str,
    }

    impl Associated {
        const ID: &'static str = "1001300";
    }

    let owner = "a@b.c";
    assert_eq!(
        json(&Adopted { owner }),
        r#"{"eventTemplateId":"1001298","email":"a@b.c","tokens":{}}"#
    );
    assert_eq!(
        json(&Returned { owner }),
        r#"{"eventTemplateId":"1001299","email":"a@b.c","tokens":{}}"#
    );
    assert_eq!(
        json(&Associated { owner }),
        r#"{"eventTemplateId":"1001300","email":"a@b.c","tokens":{}}"#
    );
    assert_eq!(template_id::<Adopted>().as_deref(), Some("1001298"));
    assert_eq!(template_id::<Associated>().as_deref(), Some("1001300"));
}

#[test]
fn a_template_by_its_name() {
    #[derive(TimelineEvent)]
    #[timeline(template = "A pet found a home")]
    struct PetAdopted {
        #[timeline(email)]
        owner: String,
    }

    let event = PetAdopted {
        owner: "a@b.c".to_owned(),
    };
    let input = event.event_input().expect("a good event");
    assert_eq!(input.template_name(), Some("A pet found a home"));
    assert_eq!(input.template_id(), None);
    assert_eq!(template_id::<PetAdopted>(), None);
    assert_eq!(
        template::<PetAdopted>(),
        r#"{"name":"A pet found a home","objectType":"contacts","tokens":[]}"#
    );
}

#[test]
fn a_template_has_the_name_it_is_given() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "1", name = "Nouveau foyer")]
    struct PetAdopted {
        #[timeline(email)]
        owner: String,
    }

    #[derive(TimelineEvent)]
    #[timeline(template = "pet-adopted")]
    #[timeline(name = "Pet adopted (new)")]
    struct Both {
        #[timeline(email)]
        owner: String,
    }

    #[derive(TimelineEvent)]
    #[timeline(template_id = "1")]
    struct HTTPRequest2 {
        #[timeline(email)]
        owner: String,
    }

    let owner = String::from("a@b.c");
    assert!(
        json(&PetAdopted {
            owner: owner.clone()
        })
        .contains("a@b.c")
    );
    assert!(
        json(&HTTPRequest2 {
            owner: owner.clone()
        })
        .contains("a@b.c")
    );
    let both = Both { owner };
    let input = both.event_input().expect("a good event");
    assert_eq!(input.template_name(), Some("pet-adopted"));
    assert!(template::<PetAdopted>().starts_with(r#"{"name":"Nouveau foyer","#));
    assert!(template::<Both>().starts_with(r#"{"name":"Pet adopted (new)","#));
    assert!(template::<HTTPRequest2>().starts_with(r#"{"name":"HTTP request 2","#));
}

#[test]
fn an_object_type_and_the_identifier_that_fits_it() {
    macro_rules! on {
        ($($name:ident $object_type:literal),*) => {$({
            #[derive(TimelineEvent)]
            #[timeline(template_id = "7", object_type = $object_type)]
            struct $name {
                #[timeline(object_id)]
                id: u64,
            }
            assert_eq!(
                json(&$name { id: 451 }),
                r#"{"eventTemplateId":"7","objectId":"451","tokens":{}}"#
            );
            let expected = format!(r#""objectType":"{}""#, $object_type);
            assert!(template::<$name>().contains(&expected));
        })*};
    }
    on!(Contact "contacts", Company "companies", Deal "deals", Ticket "tickets", Car "2-3308615");
}

#[test]
fn the_identifier_of_a_contact_may_be_absent_in_one_event() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Visit {
        #[timeline(email)]
        email: Option<String>,
        #[timeline(utk)]
        cookie: Option<&'static str>,
    }

    let cookie = Some("c0ffee");
    assert_eq!(
        json(&Visit {
            email: None,
            cookie
        }),
        r#"{"eventTemplateId":"7","utk":"c0ffee","tokens":{}}"#
    );
    assert_eq!(
        refusal(&Visit {
            email: None,
            cookie: None
        }),
        "the event names no record: it needs an `email`, a `utk` or an `object_id`"
    );
}

#[test]
fn tuple_structs_and_single_fields() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Pair(
        #[timeline(email)] &'static str,
        #[timeline(token = "petAge")] u8,
        #[timeline(skip)] Vec<()>,
    );

    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    struct Alone(#[timeline(email, token = "mail-address")] String);

    let pair = Pair("a@b.c", 4, vec![()]);
    assert_eq!(pair.2.len(), 1);
    assert_eq!(
        json(&pair),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"petAge":"4"}}"#
    );
    assert_eq!(tokens::<Pair>(), ["petAge: Pet age (number)"]);
    assert_eq!(
        json(&Alone("a@b.c".to_owned())),
        r#"{"eventTemplateId":"7","email":"a@b.c","tokens":{"mail-address":"a@b.c"}}"#
    );
    assert_eq!(tokens::<Alone>(), ["mail-address: Mail address (string)"]);
}

#[test]
fn attributes_may_be_spread_and_end_with_a_comma() {
    #[derive(TimelineEvent)]
    #[timeline(template_id = "7")]
    #[timeline(object_type = "deals", rename_all = "camelCase")]
    struct Spread {
        #[timeline(object_id)]
        #[timeline(token = "deal")]
        #[timeline(label = "The deal", property = "deal_id")]
        id: u64,
        a_token: bool,
    }

    assert_eq!(
        json(&Spread {
            id: 1,
            a_token: true
        }),
        r#"{"eventTemplateId":"7","objectId":"1","tokens":{"deal":"1","aToken":"true"}}"#
    );
    assert_eq!(
        tokens::<Spread>(),
        [
            "deal: The deal (number) -> deal_id",
            "aToken: A token (enumeration)"
        ]
    );
}

#[test]
fn five_hundred_tokens() {
    macro_rules! many {
        ($($name:ident)*) => {
            #[derive(Default, TimelineEvent)]
            #[timeline(template_id = "7")]
            struct Many {
                #[timeline(object_id)]
                id: u8,
                $($name: u8,)*
            }
        };
    }
    many!(
        t0 t1 t2 t3 t4 t5 t6 t7 t8 t9 t10 t11 t12 t13 t14 t15 t16 t17 t18 t19 t20 t21 t22 t23 t24 t25 t26
        t27 t28 t29 t30 t31 t32 t33 t34 t35 t36 t37 t38 t39 t40 t41 t42 t43 t44 t45 t46 t47 t48 t49 t50 t51
        t52 t53 t54 t55 t56 t57 t58 t59 t60 t61 t62 t63 t64 t65 t66 t67 t68 t69 t70 t71 t72 t73 t74 t75 t76
        t77 t78 t79 t80 t81 t82 t83 t84 t85 t86 t87 t88 t89 t90 t91 t92 t93 t94 t95 t96 t97 t98 t99 t100
        t101 t102 t103 t104 t105 t106 t107 t108 t109 t110 t111 t112 t113 t114 t115 t116 t117 t118 t119 t120
        t121 t122 t123 t124 t125 t126 t127 t128 t129 t130 t131 t132 t133 t134 t135 t136 t137 t138 t139 t140
        t141 t142 t143 t144 t145 t146 t147 t148 t149 t150 t151 t152 t153 t154 t155 t156 t157 t158 t159 t160
        t161 t162 t163 t164 t165 t166 t167 t168 t169 t170 t171 t172 t173 t174 t175 t176 t177 t178 t179 t180
        t181 t182 t183 t184 t185 t186 t187 t188 t189 t190 t191 t192 t193 t194 t195 t196 t197 t198 t199 t200
        t201 t202 t203 t204 t205 t206 t207 t208 t209 t210 t211 t212 t213 t214 t215 t216 t217 t218 t219 t220
        t221 t222 t223 t224 t225 t226 t227 t228 t229 t230 t231 t232 t233 t234 t235 t236 t237 t238 t239 t240
        t241 t242 t243 t244 t245 t246 t247 t248 t249 t250 t251 t252 t253 t254 t255 t256 t257 t258 t259 t260
        t261 t262 t263 t264 t265 t266 t267 t268 t269 t270 t271 t272 t273 t274 t275 t276 t277 t278 t279 t280
        t281 t282 t283 t284 t285 t286 t287 t288 t289 t290 t291 t292 t293 t294 t295 t296 t297 t298 t299 t300
        t301 t302 t303 t304 t305 t306 t307 t308 t309 t310 t311 t312 t313 t314 t315 t316 t317 t318 t319 t320
        t321 t322 t323 t324 t325 t326 t327 t328 t329 t330 t331 t332 t333 t334 t335 t336 t337 t338 t339 t340
        t341 t342 t343 t344 t345 t346 t347 t348 t349 t350 t351 t352 t353 t354 t355 t356 t357 t358 t359 t360
        t361 t362 t363 t364 t365 t366 t367 t368 t369 t370 t371 t372 t373 t374 t375 t376 t377 t378 t379 t380
        t381 t382 t383 t384 t385 t386 t387 t388 t389 t390 t391 t392 t393 t394 t395 t396 t397 t398 t399 t400
        t401 t402 t403 t404 t405 t406 t407 t408 t409 t410 t411 t412 t413 t414 t415 t416 t417 t418 t419 t420
        t421 t422 t423 t424 t425 t426 t427 t428 t429 t430 t431 t432 t433 t434 t435 t436 t437 t438 t439 t440
        t441 t442 t443 t444 t445 t446 t447 t448 t449 t450 t451 t452 t453 t454 t455 t456 t457 t458 t459 t460
        t461 t462 t463 t464 t465 t466 t467 t468 t469 t470 t471 t472 t473 t474 t475 t476 t477 t478 t479 t480
        t481 t482 t483 t484 t485 t486 t487 t488 t489 t490 t491 t492 t493 t494 t495 t496 t497 t498 t499
    );

    let many = Many::default();
    let input = many.event_input().expect("a good event");
    assert_eq!(input.tokens().len(), 500);
    assert_eq!(tokens::<Many>().len(), 500);
}
