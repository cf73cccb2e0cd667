package notice

import (
	"strconv"
	"time"

	"securetext/store"
)

// A sender is told that a message is overdue once a round, until somebody reads
// it or takes it over.

// roundOf is the round of a notice; zero where there are none.
func roundOf(d store.DueNotice) int {
	n, err := strconv.Atoi(d.Detail)
	if d.Kind != store.Overdue || err != nil || n < 0 {
		return 0
	}
	return n
}

// idOf names a notice: the same in every try, and no other's.
func idOf(d store.DueNotice) string {
	id := string(d.Message) + "." + string(d.Kind)
	if n := roundOf(d); n > 0 {
		id += "." + strconv.Itoa(n)
	}
	if d.Kind == store.Replied {
		id += "." + d.Detail // the reply's id: there may be several
	}
	return id
}

// when is the time that a step has words for: of a message that is overdue, when
// it was to be read.
func (l letter) when() time.Time {
	if l.Kind == store.Overdue && !l.ReadBy.IsZero() {
		return l.ReadBy
	}
	return l.At
}

// takeOver says in each language how to end the mails about an overdue message.
var takeOver = map[string]string{
	"en":      "Ask your administrator to take the message over for you, or for whoever looks after the person: they need the message's number, which is below.",
	"es":      "Pida a su administrador que se haga cargo del mensaje por usted, o por quien atienda a esa persona: necesita el número del mensaje, que está más abajo.",
	"fr":      "Demandez à votre administrateur de prendre le message en charge pour vous, ou pour qui s’occupe de la personne\u00a0: il lui faut le numéro du message, qui figure ci-dessous.",
	"vi":      "Xin nhờ quản trị viên của quý vị nhận xử lý tin nhắn này thay cho quý vị, hoặc cho người đang chăm sóc người nhận: quản trị viên cần mã tin nhắn ghi bên dưới.",
	"tl":      "Pakisabi po sa inyong administrator na akuin ang mensahe para sa inyo, o para sa nag-aasikaso sa tao: kailangan nila ang numero ng mensahe, na nasa ibaba.",
	"zh-Hans": "请让您的管理员代您或负责联系对方的同事接手这条消息：管理员需要下面的消息编号。",
}
