package notice

import (
	"securetext/sms/reason"
	"securetext/store"
)

var tagalog = wording{
	lang: "tl",
	steps: map[store.Kind]step{
		store.Accepted: {
			subject: "Mensahe sa teleponong nagtatapos sa {end}: tinanggap",
			lead:    "Tinanggap at naitago na po ang inyong mensahe. Makakatanggap ang telepono ng text na may link dito.",
		},
		store.Delivered: {
			subject: "Mensahe sa teleponong nagtatapos sa {end}: naihatid ang text",
			lead:    "Nakarating na po sa telepono ang text na may link sa inyong mensahe.",
			when:    "Naihatid",
		},
		store.Failed: {
			subject: "Mensahe sa teleponong nagtatapos sa {end}: hindi naihatid",
			lead:    "Hindi po naihatid ang inyong mensahe. Walang text na may link dito ang darating sa telepono.",
			when:    "Itinigil",
		},
		store.Read: {
			subject: "Mensahe sa teleponong nagtatapos sa {end}: nabasa",
			lead:    "Nabuksan at nabasa na po ang inyong mensahe.",
			when:    "Nabasa",
		},
		store.Overdue: {
			subject: "Mensahe sa teleponong nagtatapos sa {end}: hindi nabasa sa oras",
			lead:    "Hindi pa po nababasa ang inyong mensahe sa oras na itinakda ninyo. Pakikontak po ang tao sa ibang paraan, o akuin ang mensahe para matigil ang mga email na ito.",
			when:    "Basahin bago",
		},
		store.Asked: {
			subject: "Mensahe sa teleponong nagtatapos sa {end}: hiniling muli",
			lead:    "Tapos na po ang panahon ng inyong mensahe nang may magbukas ng link nito at humiling nito muli. Pakipadala po itong muli, kung dapat nila itong mabasa.",
			when:    "Hiniling",
		},
		store.Disowned: {
			subject: "Mensahe sa teleponong nagtatapos sa {end}: hindi para sa kanila",
			lead:    "Sabi po ng nagbukas ng link, hindi para sa kanila ang inyong mensahe. Selyado na ito: walang makakabasa nito roon, at wala nang text na ipapadala sa numerong iyon. Pakitingnan po ang numero kasama ang inyong pasyente. Ipabukas lang po itong muli kung sigurado kayo.",
			when:    "Sinabi",
		},
		store.Acknowledged: {
			subject: "Mensahe sa teleponong nagtatapos sa {end}: sinagot",
			lead:    "Nabasa po ng tao ang inyong mensahe at sumagot siya gamit ang isang button sa pahina. Nasa ibaba ang sagot niya. Pakitawagan o sulatan po siya.",
			when:    "Sinagot",
		},
		store.Replied: {
			subject: "Mensahe sa teleponong nagtatapos sa {end}: sumulat pabalik",
			lead:    "Sumulat po pabalik ang nakatanggap ng inyong mensahe. Wala po sa email na ito ang isinulat niya. Basahin po ito kung saan ninyo tinitingnan ang inyong mga mensahe: mabubuksan ito roon habang nababasa pa ang inyong mensahe. Huwag po sana siyang paghintayin.",
			when:    "Isinulat",
		},
		store.Expired: {
			subject: "Mensahe sa teleponong nagtatapos sa {end}: hindi nabasa",
			lead:    "Hindi po nabasa kailanman ang inyong mensahe, at tapos na ang panahon nito. Binura na ang laman nito.",
			when:    "Tapos mula noong",
		},
	},
	reasons: map[reason.Reason]explanation{
		reason.OptedOut:    {"Hiniling po ng may-ari ng teleponong ito na huwag nang padalhan ng text.", "Kontakin po sila sa ibang paraan. Kung magbago ang isip nila, magte-text sila ng START mula sa teleponong iyon, o muling pahihintulutan ng inyong administrator ang mga text kung pumayag sila."},
		reason.Blocked:     {"Hinarang po ng inyong organisasyon ang mga text sa numerong ito.", "Itanong po sa inyong administrator kung pagkakamali ito."},
		reason.Landline:    {"Hindi po tumatanggap ng text ang numerong ito: landline ito, o hindi maabot ang kompanya ng telepono nito.", "Humingi po ng numero ng cellphone at ipadala muli ang mensahe."},
		reason.Dead:        {"Ayon sa kompanya ng telepono, walang gumagamit ng numerong ito.", "Tingnan po kung tama ang numero at ipadala muli ang mensahe."},
		reason.NotMine:     {"Sabi po ng may hawak ng numerong ito, hindi sila ang inyong pasyente.", "Tingnan po ang numero kasama ang inyong pasyente. Kung tama pala ito, muling pahihintulutan ng inyong administrator ang mga text."},
		reason.NotNumber:   {"Ayon sa kompanya ng telepono, hindi ito numero ng telepono.", "Tingnan po kung tama ang numero at ipadala muli ang mensahe."},
		reason.Unreachable: {"Nakapatay po ang telepono o hindi maabot ng signal.", "Ipadala po muli ang mensahe mamaya, o kontakin ang tao sa ibang paraan."},
		reason.Expired:     {"Natapos po ang panahon ng mensahe bago naihatid ang isang text.", "Ipadala po muli ang mensahe, o kontakin ang tao sa ibang paraan."},
		reason.Wiped:       {"Binawi po ang mensahe bago naihatid ang isang text.", "Wala po, kung sinadya ito. Kung hindi, ipadala po itong muli."},
		reason.Barred:      {"Tinatanggihan po ngayon ng mga kompanya ng telepono ang mga text mula sa serbisyong ito.", "Sabihan po ang inyong administrator, at kontakin muna ang tao sa ibang paraan."},
		reason.Unknown:     {"Hindi po ito naihatid ng kompanya ng telepono.", "Tingnan po kung tama ang numero at ipadala muli ang mensahe, o kontakin ang tao sa ibang paraan."},
	},
	labels: labels{
		why: "Dahilan", next: "Ano ang gagawin", phone: "Telepono", accepted: "Tinanggap",
		message: "Mensahe", reference: "Inyong reference", console: "Tingnan dito",
	},
	closing: "Awtomatikong ipinadala ang email na ito para sa {org}. Wala pong nagbabasa ng mga sagot dito.",
}
