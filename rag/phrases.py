"""What the program itself says in an answer, in the language of the question."""

_PHRASES = {
    "refused": {
        "fr": "L'archive ne répond pas à cette question : aucune phrase des dépêches n'y répond "
        "assez nettement.",
        "en": "The archive does not answer this question: no sentence of its reports does so "
        "clearly enough.",
        "vi": "Kho lưu trữ không trả lời được câu hỏi này: không có câu nào trong các bản tin trả "
        "lời đủ rõ.",
    },
    "untold": {
        "fr": "L'archive ne répond pas à cette question : les phrases les plus proches ne parlent "
        "pas de : {names}.",
        "en": "The archive does not answer this question: the nearest sentences do not speak of: "
        "{names}.",
        "vi": "Kho lưu trữ không trả lời được câu hỏi này: các câu gần nhất không nói đến: "
        "{names}.",
    },
    "empty": {
        "fr": "La question est vide. Posez une question sur ce que disent les dépêches.",
        "en": "The question is empty. Ask about what the reports say.",
        "vi": "Câu hỏi trống. Hãy hỏi về nội dung các bản tin.",
    },
    "cut": {
        "fr": "Seuls les {most} premiers caractères de la question ont été lus.",
        "en": "Only the first {most} characters of the question were read.",
        "vi": "Chỉ {most} ký tự đầu của câu hỏi được đọc.",
    },
    "courtesy": {
        "fr": "Posez une question sur ce que disent les dépêches : la réponse les cite mot pour "
        "mot.",
        "en": "Ask about what the reports say: the answer quotes them word for word.",
        "vi": "Hãy hỏi về nội dung các bản tin: câu trả lời trích nguyên văn.",
    },
    "looked_for": {
        "fr": "Cherché : {sought}",
        "en": "Looked for: {sought}",
        "vi": "Đã tìm: {sought}",
    },
    "no_date": {
        "fr": "sans date",
        "en": "no date",
        "vi": "không rõ ngày",
    },
    "nothing_indexed": {
        "fr": "L'archive est vide : aucune dépêche n'est encore indexée.",
        "en": "The archive is empty: no report is indexed yet.",
        "vi": "Kho lưu trữ trống: chưa có bản tin nào được lập chỉ mục.",
    },
    "nothing_allowed": {
        "fr": "Aucune dépêche de l'archive ne correspond aux filtres choisis.",
        "en": "No report of the archive matches the chosen filters.",
        "vi": "Không có bản tin nào phù hợp với bộ lọc đã chọn.",
    },
    "doubtful": {
        "fr": "Ces phrases ne répondent peut-être pas à la question : à vérifier dans la dépêche.",
        "en": "These sentences may not answer the question: check the report.",
        "vi": "Có thể các câu này không trả lời câu hỏi: hãy kiểm tra trong bản tin.",
    },
    "not_mentioned": {
        "fr": "Les dépêches citées ne mentionnent pas : {names}.",
        "en": "The cited reports do not mention: {names}.",
        "vi": "Các bản tin được trích không nhắc đến: {names}.",
    },
    "reprinted": {
        "fr": "{count} dépêches, une seule origine : {sources}.",
        "en": "{count} reports, one origin: {sources}.",
        "vi": "{count} bản tin, cùng một nguồn gốc: {sources}.",
    },
    "part": {
        "fr": "L'archive ne répond pas à « {part} ».",
        "en": "The archive does not answer “{part}”.",
        "vi": "Kho lưu trữ không trả lời được “{part}”.",
    },
    "other_period": {
        "fr": "Les phrases citées parlent de : {told}. La question porte sur : {asked}.",
        "en": "The quoted sentences speak of: {told}. The question is about: {asked}.",
        "vi": "Các câu được trích nói về: {told}. Câu hỏi nói về: {asked}.",
    },
    "published_in_other_period": {
        "fr": "Les phrases citées ne disent pas quand ; dépêche publiée : {told}. La question "
        "porte sur : {asked}.",
        "en": "The quoted sentences do not say when; report published: {told}. The question is "
        "about: {asked}.",
        "vi": "Các câu được trích không nói khi nào; bản tin đăng: {told}. Câu hỏi nói về: "
        "{asked}.",
    },
    "other_country": {
        "fr": "Les phrases citées parlent de : {told}. La question porte sur : {asked}.",
        "en": "The quoted sentences speak of: {told}. The question is about: {asked}.",
        "vi": "Các câu được trích nói về: {told}. Câu hỏi nói về: {asked}.",
    },
    "differ": {
        "fr": "Les dépêches diffèrent : {told}.",
        "en": "The reports differ: {told}.",
        "vi": "Các bản tin khác nhau: {told}.",
    },
    "corrected": {
        "fr": "La dépêche « {title} » a été rectifiée : « {by} ».",
        "en": "The report “{title}” was corrected: “{by}”.",
        "vi": "Bản tin “{title}” đã được đính chính: “{by}”.",
    },
    "undated": {
        "fr": "Dépêche sans année : {title}.",
        "en": "Report that does not state its year: {title}.",
        "vi": "Bản tin không ghi năm: {title}.",
    },
    "who_is": {
        "fr": "Qui est {name} ?",
        "en": "Who is {name}?",
        "vi": "{name} là ai?",
    },
    "what_of": {
        "fr": "Que dit la dépêche « {title} » ?",
        "en": "What does the report “{title}” say?",
        "vi": "Bản tin “{title}” nói gì?",
    },
    "chat_away": {
        "fr": "Le modèle de conversation n'a rien écrit : la réponse cite les dépêches mot à mot.",
        "en": "The chat model wrote nothing: the answer quotes the reports word for word.",
        "vi": "Mô hình trò chuyện không viết được gì: câu trả lời trích nguyên văn các bản tin.",
    },
    "chat_unproved": {
        "fr": "Ce que le modèle de conversation a écrit n'a pu être prouvé : la réponse cite les "
        "dépêches mot à mot.",
        "en": "What the chat model wrote could not be proved: the answer quotes the reports word "
        "for word.",
        "vi": "Những gì mô hình trò chuyện viết không chứng minh được: câu trả lời trích nguyên "
        "văn các bản tin.",
    },
}


def phrase(name: str, language: str, /, **values: str) -> str:
    return _PHRASES[name][language].format(**values)
