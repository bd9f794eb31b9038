use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(type_name = "", object_type_name = "p62515_car")]
struct Event {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(event_type_name = "pet_adopted", type_name = pet, template_id = "1")]
struct Other {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(type_name = " pet_adopted", object_type = "deals", object_type_name = "p1_car")]
struct Third {
    #[timeline(object_id)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(type_name = "Pet adopted")]
struct Fourth {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(type_name = "app-events/besök", template_id = "1")]
struct Fifth {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(type_name = "car_sold", object_type = "2-3308615")]
struct Sixth {
    #[timeline(object_id)]
    car: u64,
}

#[derive(TimelineEvent)]
enum Seventh {
    #[timeline(type_name = "car_sold", object_type = "2-3308615")]
    Sold {
        #[timeline(object_id)]
        car: u64,
    },
    #[timeline(type_name = "car_bought", object_type = "2-3308615")]
    Bought {
        #[timeline(object_id)]
        car: u64,
        #[timeline(custom_object_type_id)]
        name: String,
    },
}

fn main() {}
