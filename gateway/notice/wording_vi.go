package notice

import (
	"securetext/sms/reason"
	"securetext/store"
)

var vietnamese = wording{
	lang: "vi",
	steps: map[store.Kind]step{
		store.Accepted: {
			subject: "Tin nhắn đến điện thoại có số cuối {end}: đã nhận",
			lead:    "Tin nhắn của quý vị đã được nhận và lưu giữ. Điện thoại sẽ nhận được một tin SMS có liên kết.",
		},
		store.Delivered: {
			subject: "Tin nhắn đến điện thoại có số cuối {end}: SMS đã đến nơi",
			lead:    "Tin SMS có liên kết đến tin nhắn của quý vị đã tới điện thoại.",
			when:    "SMS đến lúc",
		},
		store.Failed: {
			subject: "Tin nhắn đến điện thoại có số cuối {end}: không gửi được",
			lead:    "Không gửi được tin nhắn của quý vị. Sẽ không có tin SMS nào có liên kết tới điện thoại.",
			when:    "Ngừng gửi lúc",
		},
		store.Read: {
			subject: "Tin nhắn đến điện thoại có số cuối {end}: đã đọc",
			lead:    "Tin nhắn của quý vị đã được mở và đọc.",
			when:    "Đọc lúc",
		},
		store.Overdue: {
			subject: "Tin nhắn đến điện thoại có số cuối {end}: chưa đọc đúng hạn",
			lead:    "Tin nhắn của quý vị chưa được đọc vào thời hạn quý vị đã đặt. Xin liên lạc với người nhận bằng cách khác, hoặc nhận xử lý tin nhắn này để ngừng các email như thế này.",
			when:    "Hạn đọc",
		},
		store.Asked: {
			subject: "Tin nhắn đến điện thoại có số cuối {end}: có người xin gửi lại",
			lead:    "Tin nhắn của quý vị đã hết hạn khi có người mở liên kết và xin gửi lại. Xin gửi lại một lần nữa, nếu người đó cần đọc.",
			when:    "Yêu cầu lúc",
		},
		store.Disowned: {
			subject: "Tin nhắn đến điện thoại có số cuối {end}: không phải gửi cho họ",
			lead:    "Người mở liên kết cho biết tin nhắn của quý vị không phải gửi cho họ. Tin nhắn đã được niêm phong: không ai ở đó đọc được, và sẽ không gửi SMS đến số đó nữa. Xin kiểm tra số điện thoại với bệnh nhân. Chỉ cho mở lại khi quý vị chắc chắn.",
			when:    "Báo lúc",
		},
		store.Acknowledged: {
			subject: "Tin nhắn đến điện thoại có số cuối {end}: đã trả lời",
			lead:    "Người nhận đã đọc tin nhắn của quý vị và trả lời bằng một nút trên trang. Câu trả lời ghi bên dưới. Xin gọi hoặc viết cho họ.",
			when:    "Trả lời lúc",
		},
		store.Replied: {
			subject: "Tin nhắn đến điện thoại có số cuối {end}: người nhận đã viết lại",
			lead:    "Người nhận tin nhắn của quý vị đã viết lại. Nội dung họ viết không có trong thư này. Xin đọc ở nơi quý vị tra cứu tin nhắn: có thể mở chừng nào tin nhắn của quý vị còn đọc được. Xin đừng để họ chờ lâu.",
			when:    "Viết lúc",
		},
		store.Expired: {
			subject: "Tin nhắn đến điện thoại có số cuối {end}: chưa đọc",
			lead:    "Tin nhắn của quý vị chưa hề được đọc và đã hết hạn. Nội dung đã được hủy.",
			when:    "Hết hạn từ",
		},
	},
	reasons: map[reason.Reason]explanation{
		reason.OptedOut:    {"Chủ điện thoại này đã yêu cầu không nhận tin SMS nữa.", "Xin liên lạc bằng cách khác. Nếu đổi ý, họ nhắn START từ điện thoại đó, hoặc quản trị viên của quý vị cho phép gửi SMS trở lại khi họ đồng ý."},
		reason.Blocked:     {"Tổ chức của quý vị đã chặn tin SMS đến số này.", "Nếu đây là nhầm lẫn, xin hỏi quản trị viên."},
		reason.Landline:    {"Số này không nhận được SMS: đó là điện thoại bàn, hoặc không kết nối được với nhà mạng của số này.", "Xin hỏi một số di động rồi gửi lại tin nhắn."},
		reason.Dead:        {"Nhà mạng cho biết số này không có ai sử dụng.", "Xin kiểm tra số điện thoại rồi gửi lại tin nhắn."},
		reason.NotMine:     {"Người đang giữ số này cho biết họ không phải là bệnh nhân của quý vị.", "Xin kiểm tra số điện thoại với bệnh nhân. Nếu số này vẫn đúng, quản trị viên của quý vị cho phép gửi SMS trở lại."},
		reason.NotNumber:   {"Nhà mạng cho biết đây không phải là số điện thoại.", "Xin kiểm tra số điện thoại rồi gửi lại tin nhắn."},
		reason.Unreachable: {"Điện thoại đã tắt hoặc ngoài vùng phủ sóng.", "Xin gửi lại tin nhắn sau, hoặc liên lạc với người nhận bằng cách khác."},
		reason.Expired:     {"Tin nhắn đã hết hạn trước khi gửi được SMS.", "Xin gửi lại tin nhắn, hoặc liên lạc với người nhận bằng cách khác."},
		reason.Wiped:       {"Tin nhắn đã được thu hồi trước khi gửi được SMS.", "Không cần làm gì, nếu đó là chủ ý. Nếu không, xin gửi lại."},
		reason.Barred:      {"Hiện nay các nhà mạng từ chối tin SMS từ dịch vụ này.", "Xin báo cho quản trị viên, và trong lúc đó liên lạc với người nhận bằng cách khác."},
		reason.Unknown:     {"Nhà mạng đã không chuyển được tin.", "Xin kiểm tra số điện thoại rồi gửi lại tin nhắn, hoặc liên lạc với người nhận bằng cách khác."},
	},
	labels: labels{
		why: "Lý do", next: "Việc cần làm", phone: "Điện thoại", accepted: "Nhận lúc",
		message: "Tin nhắn", reference: "Mã tham chiếu của quý vị", console: "Tra cứu",
	},
	closing: "Email này được gửi tự động thay mặt {org}. Thư trả lời sẽ không có người đọc.",
}
