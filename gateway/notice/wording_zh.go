package notice

import (
	"securetext/sms/reason"
	"securetext/store"
)

var chinese = wording{
	lang: "zh-Hans",
	steps: map[store.Kind]step{
		store.Accepted: {
			subject: "发往尾号 {end} 手机的消息：已接收",
			lead:    "您的消息已接收并保存。该手机将收到一条带有链接的短信。",
		},
		store.Delivered: {
			subject: "发往尾号 {end} 手机的消息：短信已送达",
			lead:    "带有消息链接的短信已送达该手机。",
			when:    "送达时间",
		},
		store.Failed: {
			subject: "发往尾号 {end} 手机的消息：未能送达",
			lead:    "您的消息未能送达。该手机不会收到带有链接的短信。",
			when:    "停止发送时间",
		},
		store.Read: {
			subject: "发往尾号 {end} 手机的消息：已读",
			lead:    "您的消息已被打开并阅读。",
			when:    "阅读时间",
		},
		store.Overdue: {
			subject: "发往尾号 {end} 手机的消息：未按时阅读",
			lead:    "到您设定的时间为止，您的消息仍未被阅读。请用其他方式联系对方，或者接手处理这条消息，以便不再收到此类邮件。",
			when:    "阅读期限",
		},
		store.Asked: {
			subject: "发往尾号 {end} 手机的消息：请求重新发送",
			lead:    "有人打开链接时，您的消息已经过期，对方请求重新发送。如果对方应当阅读，请再发送一次。",
			when:    "请求时间",
		},
		store.Disowned: {
			subject: "发往尾号 {end} 手机的消息：收件人表示不是发给自己的",
			lead:    "打开链接的人表示，您的消息不是发给他们的。该消息已封存，那里无人能够阅读，今后也不会再向该号码发送短信。请与患者核对号码。只有在您确定无误时，才请解除封存。",
			when:    "表示时间",
		},
		store.Acknowledged: {
			subject: "发往尾号 {end} 手机的消息：已答复",
			lead:    "对方已阅读您的消息，并通过页面上的按钮作了答复。答复见下文。请致电或写信给对方。",
			when:    "答复时间",
		},
		store.Replied: {
			subject: "发往尾号 {end} 手机的消息：对方已回信",
			lead:    "收到您消息的人给您写了回信。其内容不在本邮件中。请在您查询消息的地方阅读：只要您的消息仍可阅读，就能在那里打开。请勿让对方久等。",
			when:    "回信时间",
		},
		store.Expired: {
			subject: "发往尾号 {end} 手机的消息：未读",
			lead:    "您的消息一直未被阅读，现已过期，其内容已销毁。",
			when:    "过期时间",
		},
	},
	reasons: map[reason.Reason]explanation{
		reason.OptedOut:    {"机主已要求不再接收短信。", "请用其他方式联系对方。如果对方改变主意，可用该手机发送短信 START，或在对方同意后由您的管理员重新允许发送短信。"},
		reason.Blocked:     {"您的机构已禁止向此号码发送短信。", "如果这是误操作，请联系您的管理员。"},
		reason.Landline:    {"此号码无法接收短信：它是固定电话，或者无法连接其运营商。", "请向对方索取手机号码，然后重新发送消息。"},
		reason.Dead:        {"运营商表示此号码无人使用。", "请核对号码，然后重新发送消息。"},
		reason.NotMine:     {"使用此号码的人表示自己不是您的患者。", "请与患者核对号码。如果号码确实无误，请由您的管理员重新允许发送短信。"},
		reason.NotNumber:   {"运营商表示这不是电话号码。", "请核对号码，然后重新发送消息。"},
		reason.Unreachable: {"手机已关机或不在服务区。", "请稍后重新发送消息，或者用其他方式联系对方。"},
		reason.Expired:     {"消息在短信送达之前已经过期。", "请重新发送消息，或者用其他方式联系对方。"},
		reason.Wiped:       {"消息在短信送达之前已被撤回。", "如果这是您的本意，则无需处理；否则请重新发送。"},
		reason.Barred:      {"运营商目前拒收本服务发出的短信。", "请告知您的管理员，在此期间请用其他方式联系对方。"},
		reason.Unknown:     {"运营商未能送达短信。", "请核对号码并重新发送消息，或者用其他方式联系对方。"},
	},
	labels: labels{
		why: "原因", next: "处理办法", phone: "电话", accepted: "接收时间",
		message: "消息编号", reference: "您的备注", console: "查询",
	},
	closing: "这封邮件由系统代 {org} 自动发送，回复无人阅读。",
}
